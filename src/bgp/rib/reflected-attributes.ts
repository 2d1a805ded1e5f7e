// SPDX-License-Identifier: Apache-2.0
import type { SpeakerIdentity } from "./attribute-summary.ts";
import { attributeFlag, attributeType, AttributeWalk } from "./attribute-walk.ts";
import { type ExportedSet, type ExportForm, exportAttributes } from "./export-attributes.ts";

/** Longest set with what is added to it. */
const largest = (1 << 17) + 128;

/** Attributes that pass from one iBGP peer to another as they are. */
const plain = new Set<number>([
  attributeType.origin,
  attributeType.asPath,
  attributeType.med,
  attributeType.localPref,
  attributeType.communities,
  attributeType.originatorId,
  attributeType.extendedCommunities,
]);

/**
 * {@link exportAttributes} into memory that is used again. A route from one client to another, which is nearly all that a reflector does,
 * needs ORIGINATOR_ID and CLUSTER_LIST put in and the rest copied; where a set is shared by ten routes only, making a Writer for each was a
 * quarter of the encoding (bench/reflector, load irb).
 */
export class ReflectedAttributes {
  /** What {@link write} wrote. */
  readonly bytes = new Uint8Array(largest);
  readonly #self: SpeakerIdentity;
  readonly #walk = new AttributeWalk();
  #length = 0;

  constructor(self: SpeakerIdentity) {
    this.#self = self;
  }

  /** @param octets as in the attribute store. @returns how many octets {@link bytes} holds now */
  write(octets: Uint8Array, stored: ExportedSet, form: ExportForm): number {
    const reflected = stored.role === "client" || stored.role === "non-client";
    if (reflected && !form.ebgp && form.fourOctetAs && this.#reflect(octets, stored)) return this.#length;
    const attributes = exportAttributes(octets, stored, form, this.#self);
    this.bytes.set(attributes);
    return attributes.length;
  }

  /** @returns false when a rule applies that only {@link exportAttributes} knows */
  #reflect(octets: Uint8Array, stored: ExportedSet): boolean {
    const walk = this.#walk.over(octets, 1 + octets[0]!, octets.length);
    let originator = stored.hasOriginator;
    let cluster = false;
    let preference = false;
    this.#length = 0;
    while (walk.advance()) {
      const { type } = walk;
      if (!plain.has(type)) return false;
      preference ||= type === attributeType.localPref;
      if (!originator && type > attributeType.originatorId) originator = this.#put(attributeType.originatorId, stored.originator);
      if (!cluster && type > attributeType.clusterList) cluster = this.#put(attributeType.clusterList, this.#self.clusterId);
      this.#copy(octets, walk.at, walk.next);
    }
    if (!originator) this.#put(attributeType.originatorId, stored.originator);
    if (!cluster) this.#put(attributeType.clusterList, this.#self.clusterId);
    return preference;
  }

  #copy(octets: Uint8Array, from: number, to: number): void {
    const { bytes } = this;
    let o = this.#length;
    if (to - from > 64) {
      bytes.set(octets.subarray(from, to), o);
      o += to - from;
    } else for (let i = from; i < to; i++) bytes[o++] = octets[i]!;
    this.#length = o;
  }

  #put(type: number, value: number): true {
    const { bytes } = this;
    const o = this.#length;
    bytes[o] = attributeFlag.optional;
    bytes[o + 1] = type;
    bytes[o + 2] = 4;
    for (let i = 0; i < 4; i++) bytes[o + 3 + i] = value >>> (24 - i * 8);
    this.#length = o + 7;
    return true;
  }
}
