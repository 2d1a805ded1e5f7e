// SPDX-License-Identifier: Apache-2.0
import { u32 } from "../wire/attribute-codec.ts";
import { NLM_F_DUMP, NLM_F_REQUEST } from "../wire/message.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { RTM_GETADDR } from "./address.ts";
import { AF_BRIDGE, AF_INET, AF_INET6, AF_UNSPEC } from "./family.ts";
import { RTM_GETLINK } from "./link.ts";
import { NTF_PROXY } from "./neighbour-flags.ts";
import * as nda from "./neighbour-message.ts";
import { RTM_GETNEXTHOP } from "./nexthop.ts";
import type { NetlinkObject, NetlinkObjects } from "./request.ts";
import { RTM_GETROUTE } from "./route.ts";
import { RTM_GETRULE } from "./rule.ts";

/** Narrows a dump; what is absent matches everything. */
export interface DumpFilters {
  /** One link by its name or index; gives at most one value and is not a dump for the kernel. */
  readonly link: { readonly name?: string; readonly ifindex?: number };
  readonly "bridge-port": Readonly<Record<string, never>>;
  readonly address: { readonly ifindex?: number };
  /** `proxy`: the entries for which the host answers in place of others, and only those. */
  readonly neighbour: { readonly ifindex?: number; readonly proxy?: true };
  /** `master`: entries of the ports of this bridge, in its table and in their own. */
  readonly fdb: { readonly ifindex?: number; readonly master?: number };
  /** `family`: AF_INET or AF_INET6. */
  readonly route: { readonly table?: number; readonly protocol?: number; readonly family?: number };
  readonly rule: { readonly family?: number };
  readonly nexthop: Readonly<Record<string, never>>;
}

const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 1 << 3;
const RTA_TABLE = 15;
const flags = NLM_F_REQUEST | NLM_F_DUMP;

type EncodeDump = (w: MessageWriter, sequence: number) => void;

/** The dump requests that together give all values; the kernel's filters are used where it has them. */
export const dumpRequests: { readonly [K in NetlinkObject]: (filter: DumpFilters[K]) => readonly EncodeDump[] } = {
  link: () => [
    (w, sequence) => {
      w.beginMessage(RTM_GETLINK, flags, sequence);
      w.zeros(16);
      u32.write(w, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
      w.endMessage();
    },
  ],
  "bridge-port": () => [
    (w, sequence) => {
      w.beginMessage(RTM_GETLINK, flags, sequence);
      w.u32(AF_BRIDGE).zeros(12);
      w.endMessage();
    },
  ],
  address: (filter) => [
    (w, sequence) => {
      w.beginMessage(RTM_GETADDR, flags, sequence);
      w.u32(AF_UNSPEC).u32(filter.ifindex ?? 0);
      w.endMessage();
    },
  ],
  neighbour: (filter) => [
    (w, sequence) => {
      w.beginMessage(nda.RTM_GETNEIGH, flags, sequence);
      w.zeros(nda.neighbourHeaderLength - 2)
        .u8(filter.proxy ? NTF_PROXY : 0)
        .u8(0);
      if (filter.ifindex !== undefined) u32.write(w, nda.NDA_IFINDEX, filter.ifindex);
      w.endMessage();
    },
  ],
  fdb: (filter) => [
    (w, sequence) => {
      w.beginMessage(nda.RTM_GETNEIGH, flags, sequence);
      w.u32(AF_BRIDGE).zeros(8);
      if (filter.ifindex !== undefined) u32.write(w, nda.NDA_IFINDEX, filter.ifindex);
      if (filter.master !== undefined) u32.write(w, nda.NDA_MASTER, filter.master);
      w.endMessage();
    },
  ],
  route: (filter) =>
    [AF_INET, AF_INET6]
      .filter((family) => filter.family === undefined || filter.family === family)
      .map((family) => (w, sequence) => {
        w.beginMessage(RTM_GETROUTE, flags, sequence);
        w.u32(family)
          .u8(0)
          .u8(filter.protocol ?? 0)
          .zeros(6);
        if (filter.table !== undefined) u32.write(w, RTA_TABLE, filter.table);
        w.endMessage();
      }),
  rule: (filter) =>
    [AF_INET, AF_INET6]
      .filter((family) => filter.family === undefined || filter.family === family)
      .map((family) => (w, sequence) => {
        w.beginMessage(RTM_GETRULE, flags, sequence);
        w.u32(family).zeros(8);
        w.endMessage();
      }),
  nexthop: () => [
    (w, sequence) => {
      w.beginMessage(RTM_GETNEXTHOP, flags, sequence);
      w.zeros(8);
      w.endMessage();
    },
  ],
};

type Keep = { readonly [K in NetlinkObject]: (value: NetlinkObjects[K], filter: DumpFilters[K]) => boolean };

/** Checks the filter again: older kernels ignore some, and a change of master may fall between. */
export const matchesFilter: Keep = {
  link: (v, f) => (f.name === undefined || f.name === v.name) && (f.ifindex === undefined || f.ifindex === v.ifindex),
  "bridge-port": () => true,
  address: (v, f) => f.ifindex === undefined || f.ifindex === v.ifindex,
  neighbour: (v, f) => (f.ifindex === undefined || f.ifindex === v.ifindex) && (f.proxy === true) === ((v.flags & NTF_PROXY) !== 0),
  fdb: (v, f) => f.ifindex === undefined || f.ifindex === v.ifindex,
  route: (v, f) => (f.table ?? v.table) === v.table && (f.protocol ?? v.protocol) === v.protocol,
  rule: () => true,
  nexthop: () => true,
};
