// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { toHex } from "../../src/base/bytes/hex.ts";
import { parsePrefix } from "../../src/base/net/prefix.ts";
import { MessageFramer } from "../../src/bgp/speaker/message-framer.ts";
import { ScriptedPeer } from "../../src/bgp/speaker/testing/scripted-peer.ts";
import { defaultGracefulRestart } from "../../src/bgp/speaker/config.ts";
import { type RunningSpeaker, ip, macRoute, makeSpeaker, speakerConfig } from "../../src/bgp/speaker/testing/speakers.ts";
import { reachBody, unreachBody } from "../../src/bgp/rib/testing/path-spec.ts";
import { macNlri, plainPath } from "../../src/bgp/rib/testing/rib-rig.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import { keepalive } from "../../src/bgp/wire/keepalive.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import { makeOpen } from "../../src/bgp/wire/open.ts";
import { type Target, fate } from "../target.ts";
import { RawSession } from "./raw-session.ts";
import { around, captured, soundOpens, soundUpdates } from "./message.ts";

const us = "127.66.0.1";
const context = { fourOctetAs: true, peer: "ibgp" } as const;
/** Inputs from one speaker to the next: faults of the long run need one that lives long. */
const lifetime = 2000;

const openOf = (identifier: number): ReturnType<typeof makeOpen> =>
  makeOpen({
    asn: 65000,
    holdTime: 90,
    identifier,
    capabilities: [
      { kind: "multiprotocol", family: "l2vpn-evpn" },
      { kind: "route-refresh" },
      { kind: "enhanced-route-refresh" },
      { kind: "four-octet-as", asn: 65000 },
    ],
  });

/** What has to come of a stream in an established session. */
type Expectation =
  /** Goes on, or ends with one of these codes where RFC 7606 §5.3 leaves the choice. */
  | { readonly kind: "alive"; readonly or: readonly string[] }
  | { readonly kind: "refused"; readonly with: readonly string[] }
  /** The peer itself ended it. */
  | { readonly kind: "ended" }
  /** Cut off within a message: nothing can be told. */
  | { readonly kind: "pending" };

/** Judged by the codec, one message after the other. */
function expectation(stream: Uint8Array): Expectation {
  let result: Expectation | undefined;
  const or: string[] = [];
  let taken = 0;
  const framer = new MessageFramer({
    message: (type, bytes, start, end) => {
      taken += end - start + 19;
      const decoded = decodeMessage(bytes.slice(start - 19, end), context);
      if (type === messageType.open) result = { kind: "refused", with: ["5/3", ...(decoded.ok ? [] : ["2/"])] };
      else if (type === messageType.notification) result = { kind: "ended" };
      else if (!decoded.ok) {
        // Rules about families that the session does not have are not judged.
        const { code, subcode } = decoded.notification;
        if (code === 3 && subcode !== 1) or.push("3/");
        else result = { kind: "refused", with: [`${code}/${subcode}`, "3/"] };
      } else if (decoded.faults.some((f) => f.reaction === "disable-family")) or.push("3/");
      return result === undefined;
    },
    fault: (n) => (result = { kind: "refused", with: [`${n.code}/${n.subcode}`] }),
  });
  framer.push(stream);
  if (result?.kind === "refused") return { kind: "refused", with: [...result.with, ...or] };
  return result ?? (taken < stream.length ? { kind: "pending" } : { kind: "alive", or });
}

/** A speaker with a peer that must never notice anything. */
class Scene {
  executions = 0;
  readonly #speaker: RunningSpeaker;
  /** Peers that come back are waited for: what they left stays. */
  readonly #restarts: boolean;
  #witness: ScriptedPeer | undefined;
  #marker = 0;
  #next = 0;

  constructor(restarts: boolean) {
    this.#restarts = restarts;
    const range = parsePrefix("127.66.0.0/16")!;
    this.#speaker = makeSpeaker(
      speakerConfig(us, 0, {
        reflector: { clusterId: ip(us) },
        gracefulRestart: { ...defaultGracefulRestart, enabled: restarts },
        dynamicPeers: [{ range, asn: 65000, families: ["l2vpn-evpn"], client: true }],
      }),
    );
  }

  async start(): Promise<this> {
    await this.#speaker.speaker.start();
    const witness = await ScriptedPeer.connect("127.66.0.2", us, this.#port);
    await witness.next("open");
    witness.send(openOf(2), keepalive);
    await witness.next("keepalive");
    this.#witness = witness;
    return this;
  }

  get #port(): number {
    return this.#speaker.speaker.listening[0]!.port;
  }

  /** An address that no attacker had for long. */
  #address(): string {
    this.#next = (this.#next + 1) % 50_000;
    return `127.66.${1 + Math.floor(this.#next / 250)}.${1 + (this.#next % 250)}`;
  }

  /** Octets to a speaker that expects an OPEN. */
  async greet(stream: Uint8Array): Promise<string> {
    const peer = await RawSession.connect(this.#address(), us, this.#port);
    peer.send(stream);
    await peer.answered();
    const said = peer.outcome();
    const events = this.#speaker.journal.events.map((e) => e.message);
    await peer.end();
    await this.#witnessWell();
    return `${said} ${fate(events.slice(-3))}`;
  }

  /** Octets to a speaker that believes in us. */
  async disturb(stream: Uint8Array): Promise<string> {
    const address = this.#address();
    const peer = await RawSession.connect(address, us, this.#port);
    peer.send(encodeMessage(openOf(3), context), encodeMessage(keepalive, context));
    await until("a session", () => peer.has(messageType.keepalive));
    const expected = expectation(stream);
    const route = macNlri(0x5000 + (this.executions & 0xfff), 7);
    const marker = around(2, reachBody(plainPath, [route], 4, true, true));
    peer.send(stream, ...(expected.kind === "alive" ? [marker] : []));
    if (expected.kind === "alive") {
      const known = (): boolean => this.#speaker.speaker.rib.routes({ peer: address, match: (r) => same(r.nlri, route) }).routes.length > 0;
      await until(`${toHex(stream)}: the route behind it, or an end`, () => peer.ended || known());
      if (peer.ended)
        assert.ok(
          expected.or.some((c) => peer.refusal?.startsWith(c)),
          `${peer.refusal} for ${toHex(stream)}`,
        );
    } else if (expected.kind === "refused") {
      await until(`${toHex(stream)}: ${expected.with.join(" or ")}`, () => peer.ended);
      assert.ok(
        expected.with.some((c) => peer.refusal?.startsWith(c)),
        `${peer.refusal}, not ${expected.with.join(" or ")}`,
      );
    }
    const said = peer.outcome();
    await peer.end();
    const events = this.#speaker.journal.events.map((e) => e.message);
    await this.#witnessWell();
    return `${expected.kind} ${said} ${fate(events.slice(-3))}`;
  }

  /** The other session is as it was, and a route gets through it. */
  async #witnessWell(): Promise<void> {
    const witness = this.#witness!;
    const broken = this.#speaker.journal.events.find((e) => e.event === "bgp.internal-error");
    assert.equal(broken, undefined, broken?.message);
    const { speaker } = this.#speaker;
    speaker.rib.withdrawLocal("l2vpn-evpn", macRoute(this.#marker).nlri);
    this.#marker = (this.#marker + 1) % 60_000;
    speaker.rib.announceLocal(macRoute(this.#marker));
    speaker.changed();
    const mark = toHex(macRoute(this.#marker).nlri);
    await until("the witness's route", () => {
      assert.equal(witness.closed, false, "the witness lost its session");
      return witness.received.some(
        (m) => m.kind === "update" && m.attributes.some((a) => a.kind === "mp-reach" && toHex(encodeMessage(m, context)).includes(mark)),
      );
    });
    witness.received.length = 0;
    this.#speaker.journal.events.length = 0;
    this.executions++;
  }

  /** Of all those that came and went nothing is left. */
  async end(): Promise<void> {
    const { speaker } = this.#speaker;
    const left = (): number => speaker.peers().filter((p) => p.phase === "established").length;
    await until("attackers to be gone", () => left() === 1 && (this.#restarts || speaker.peers().length === 1));
    if (!this.#restarts) await until("one route", () => speaker.rib.stats().paths === 1);
    await speaker.stop("shutdown");
    await until("the witness's end", () => this.#witness!.closed);
  }
}

const same = (a: Uint8Array, b: readonly number[]): boolean => a.length === b.length && b.every((octet, i) => a[i] === octet);

let scene: Promise<Scene> | undefined;
let scenes = 0;

/** Looks again at every turn of the loop: there is nothing else to do. */
async function until(what: string, done: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!done()) {
    assert.ok(performance.now() < end, `waited in vain: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function current(): Promise<Scene> {
  const now = await (scene ??= new Scene(scenes++ % 2 === 1).start());
  if (now.executions < lifetime) return now;
  scene = undefined;
  await now.end();
  return await current();
}

async function end(): Promise<void> {
  const last = await scene;
  scene = undefined;
  await last?.end();
}

/** Whole sessions with a live speaker, beside one that must not notice. */
export function sessionTargets(): readonly Target[] {
  const updates = [...captured(2), ...soundUpdates()].map((b) => around(2, b));
  const own = [reachBody(plainPath, [macNlri(1), macNlri(2)], 4, true, true), unreachBody([macNlri(1)]), unreachBody([])].map((b) =>
    around(2, b),
  );
  const small = [
    encodeMessage(keepalive, context),
    around(5, Uint8Array.of(0, 25, 0, 70)),
    around(5, Uint8Array.of(0, 25, 1, 70)),
    around(3, Uint8Array.of(6, 2)),
  ];
  const pairs = updates.map((u, i) => Buffer.concat([own[i % own.length]!, u, small[i % 3]!]));
  const opens = [encodeMessage(openOf(9), context), ...[...captured(1), ...soundOpens()].map((b) => around(1, b))];
  const greetings = opens.map((o, i) => Buffer.concat([o, small[0]!, ...(i % 2 === 0 ? [own[0]!] : [])]));
  return [
    {
      name: "session/established",
      corpus: [...own, ...small, ...pairs],
      weight: 15,
      longest: 9000,
      end,
      run: async (input) => await (await current()).disturb(input),
    },
    {
      name: "session/greeting",
      corpus: greetings,
      weight: 6,
      longest: 9000,
      end,
      run: async (input) => await (await current()).greet(input),
    },
  ];
}
