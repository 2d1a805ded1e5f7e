// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Ip } from "../../base/net/ip.ts";
import { type Mac, zeroMac } from "../../base/net/mac.ts";
import { decodeFdbEntry, encodeFdbEntry, FDB_DYNAMIC, FDB_PERMANENT, FDB_STATIC, type FdbEntry } from "../../netlink/route/fdb.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF, NUD_STALE } from "../../netlink/route/neighbour-flags.ts";
import { RTM_NEWNEIGH } from "../../netlink/route/neighbour-message.ts";
import { type Message, messagesOf } from "../../netlink/wire/message.ts";
import { MessageWriter } from "../../netlink/wire/message-writer.ts";
import { EntryCheck } from "./entry-check.ts";
import { MirrorChanges } from "./mirror-changes.ts";
import { NamespaceTables } from "./namespace-tables.ts";
import { translate } from "./translate.ts";

const [bridge, vxlan, other] = [2, 3, 4];
const scope = { bridges: [bridge], vxlans: [vxlan], neighbours: [] };

function messageOf(entry: FdbEntry): Message {
  const writer = new MessageWriter();
  writer.beginMessage(RTM_NEWNEIGH, 0, 1);
  encodeFdbEntry(writer, entry);
  writer.endMessage();
  const [message] = messagesOf(writer.view());
  return message!;
}

function tablesOf(entries: readonly FdbEntry[]): NamespaceTables {
  const tables = new NamespaceTables();
  for (const value of entries) {
    const event = translate({ object: "fdb", change: "new", value: decodeFdbEntry(messageOf(value)) });
    if (event) tables.apply("", event, new MirrorChanges());
  }
  return tables;
}

const mac = "02:00:00:00:00:01" as Mac;
const self: FdbEntry = { ifindex: vxlan, mac, state: FDB_DYNAMIC, flags: NTF_SELF | NTF_EXT_LEARNED, dst: "10.0.0.2" as Ip };
const master: FdbEntry = { ifindex: vxlan, mac, state: FDB_DYNAMIC, flags: NTF_MASTER | NTF_EXT_LEARNED, master: bridge };

test("entries of ours that are as known are recognised from their octets, and are not missing afterwards", () => {
  const check = new EntryCheck(tablesOf([self, master]), scope);
  assert.ok(check.recognises(messageOf(self)));
  assert.ok(check.recognises(messageOf(master)));
  assert.deepEqual(
    [...check.missing()].filter(([, event]) => event),
    [],
  );
});

const anyEntry = fc.record({
  ifindex: fc.constantFrom(bridge, vxlan, other),
  mac: fc.constantFrom(mac, "02:00:00:00:00:02" as Mac, "01:00:5e:00:00:01" as Mac, zeroMac),
  state: fc.constantFrom(FDB_DYNAMIC, FDB_STATIC, FDB_PERMANENT, NUD_STALE, 0x80),
  flags: fc.constantFrom(NTF_SELF, NTF_SELF | NTF_EXT_LEARNED, NTF_MASTER, NTF_MASTER | NTF_EXT_LEARNED),
  more: fc.record(
    {
      dst: fc.constantFrom("10.0.0.2" as Ip, "10.0.0.3" as Ip, "2001:db8::2" as Ip),
      vni: fc.constant(7),
      vlan: fc.constant(1),
      master: fc.constantFrom(bridge, other),
      nexthopId: fc.constant(9),
      flagsExt: fc.constant(1),
    },
    { requiredKeys: [] },
  ),
});

test("nothing is recognised that decoding it would find otherwise than known, or would not note as found", () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 6 }), fc.array(anyEntry, { minLength: 1, maxLength: 6 }), (known, dumped) => {
      const whole = ({ more, ...entry }: (typeof known)[number]): FdbEntry => ({ ...entry, ...more });
      const tables = tablesOf(known.map(whole));
      for (const message of dumped.map((entry) => messageOf(whole(entry)))) {
        const [quick, slow] = [new EntryCheck(tables, scope), new EntryCheck(tables, scope)];
        if (!quick.recognises(message)) continue;
        const event = translate({ object: "fdb", change: "new", value: decodeFdbEntry(message) });
        assert.deepEqual(event && slow.differences([event]), []);
        assert.deepEqual([...quick.missing()], [...slow.missing()]);
      }
    }),
  );
});
