// SPDX-License-Identifier: Apache-2.0
import { Writer } from "../../base/bytes/writer.ts";
import { headerLength } from "../wire/frame.ts";
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import type { SpeakerIdentity } from "./attribute-summary.ts";
import { exportAttributes, exportedVariant } from "./export-attributes.ts";
import type { ExportGate } from "./export-gate.ts";
import { type FamilyOctets, finishMpAttribute, finishUpdate, putMpAttribute, putUpdateHeader } from "./mp-update.ts";
import { type NlriWriter, withdrawnRest } from "./nlri-writer.ts";
import type { PathSource } from "./path-sources.ts";
import type { RecordId } from "./record.ts";
import type { Rest } from "./rest-table.ts";
import type { UpdateGroup } from "./update-group.ts";

interface Announcement {
  readonly id: RecordId;
  readonly source: PathSource;
  readonly rest: Rest;
}

export interface PathMessageParts {
  readonly attributes: AttributeStore;
  readonly nlri: NlriWriter;
  readonly gate: ExportGate;
  readonly self: SpeakerIdentity;
  /** Told of a path that fits into no message of the group with its attributes; it is withdrawn instead. */
  readonly oversize: () => void;
}

/** AFI 25, SAFI 70. */
const evpn: FamilyOctets = [0, 25, 70];
const pathIdLength = 4;

/** UPDATEs whose NLRI have a path identifier — RFC 7911 §3 — put together for one peer. The number of a path's source is its identifier. */
export class PathMessages {
  readonly #attributes: AttributeStore;
  readonly #nlri: NlriWriter;
  readonly #gate: ExportGate;
  readonly #self: SpeakerIdentity;
  readonly #announced = new Map<AttributesId, Announcement[]>();
  readonly #withdrawn: { readonly id: RecordId; readonly source: PathSource }[] = [];

  readonly #oversize: () => void;

  constructor({ attributes, nlri, gate, self, oversize }: PathMessageParts) {
    this.#attributes = attributes;
    this.#nlri = nlri;
    this.#gate = gate;
    this.#self = self;
    this.#oversize = oversize;
  }

  announce(id: RecordId, path: { readonly source: PathSource; readonly attributes: AttributesId; readonly rest: Rest }): void {
    const same = this.#announced.get(path.attributes);
    const one = { id, source: path.source, rest: path.rest };
    if (same) same.push(one);
    else this.#announced.set(path.attributes, [one]);
  }

  withdraw(id: RecordId, source: PathSource): void {
    this.#withdrawn.push({ id, source });
  }

  /** Everything since the last call, as whole messages. */
  take(group: UpdateGroup): Uint8Array {
    if (this.#announced.size + this.#withdrawn.length === 0) return nothing;
    const out = new Writer(4096);
    for (const [set, list] of this.#announced) this.#putReach(set, list, group, out);
    this.#putUnreach(group.maxMessage, out);
    this.#announced.clear();
    return out.finish();
  }

  #putReach(set: AttributesId, list: readonly Announcement[], group: UpdateGroup, out: Writer): void {
    for (const [octets, same] of this.#asSent(set, list, group)) {
      const { attributes, nextHop } = octets;
      const fixed = headerLength + 4 + 4 + evpn.length + 1 + nextHop.length + 1 + attributes.length;
      for (let i = 0; i < same.length;) {
        const start = putUpdateHeader(out);
        const value = putMpAttribute(14, evpn, out);
        out.u8(nextHop.length).put(nextHop).u8(0);
        const from = i;
        let room = group.maxMessage - fixed;
        for (; i < same.length; i++) {
          const nlri = this.#nlri.read(same[i]!.id, same[i]!.rest);
          room -= pathIdLength + nlri.length;
          if (room < 0) break;
          out.u32(same[i]!.source).put(nlri);
        }
        if (i === from) {
          // It fits in no message of this peer.
          this.#oversize();
          out.truncate(start);
          this.#withdrawn.push(same[i]!);
          i++;
          continue;
        }
        finishMpAttribute(value, out);
        finishUpdate(start, out.put(attributes));
      }
    }
  }

  /** The set as peers of the group get it: one form of it, or several where an export policy tells its routes apart. */
  #asSent(set: AttributesId, list: readonly Announcement[], group: UpdateGroup) {
    const store = this.#attributes;
    const forms = new Map<{ readonly attributes: Uint8Array; readonly nextHop: Uint8Array }, Announcement[]>();
    const stored = store.get(set);
    const plain = store.view(set);
    const { policy } = group;
    const byView = new Map<unknown, { readonly attributes: Uint8Array; readonly nextHop: Uint8Array }>();
    for (const one of list) {
      const view = policy && this.#gate.decide(policy, set, one.id, one.rest).set;
      const key = view?.changed ? view : undefined;
      let form = byView.get(key);
      if (!form) {
        const octets = key?.octets ?? plain;
        const attributes = exportAttributes(octets, key ? exportedVariant(stored, key) : stored, group, this.#self);
        byView.set(key, (form = { attributes, nextHop: octets.slice(1, 1 + octets[0]!) }));
        forms.set(form, []);
      }
      forms.get(form)!.push(one);
    }
    return forms;
  }

  #putUnreach(maxMessage: number, out: Writer): void {
    const list = this.#withdrawn.splice(0);
    for (let i = 0; i < list.length;) {
      const start = putUpdateHeader(out);
      const value = putMpAttribute(15, evpn, out);
      for (; i < list.length; i++) {
        const nlri = this.#nlri.read(list[i]!.id, withdrawnRest);
        if (out.length + pathIdLength + nlri.length > start + maxMessage) break;
        out.u32(list[i]!.source).put(nlri);
      }
      finishMpAttribute(value, out);
      finishUpdate(start, out);
    }
  }
}

const nothing = new Uint8Array(0);
