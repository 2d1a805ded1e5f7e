// SPDX-License-Identifier: Apache-2.0
import type { FloodState } from "../instance/instance.ts";
import type { Turn } from "../turn.ts";
import { remoteVni } from "./accept.ts";

/** One entry per VTEP, however many RDs it uses; of several VNIs the network's own, else the lowest. */
export function settleFlood(turn: Turn, state: FloodState): void {
  const { network, vni: own } = state.instance.vrf;
  let vni: number | undefined;
  for (const c of state.candidates) {
    const offered = remoteVni(c, state.instance.vrf);
    if (vni === undefined || offered === own || (vni !== own && offered < vni)) vni = offered;
  }
  if (vni === state.installed) return;
  turn.forwarding.push({ kind: "flood", network, vtep: state.vtep, present: vni !== undefined, vni: vni ?? state.installed ?? own });
  state.installed = vni;
}
