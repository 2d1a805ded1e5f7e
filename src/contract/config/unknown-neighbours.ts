// SPDX-License-Identifier: Apache-2.0
import { choice } from "./key.ts";

/** Of a network, on a host and in a lab. */
export const unknownNeighbours = choice(["flood", "drop"], {
  description:
    "What becomes of ARP requests and neighbour solicitations for addresses that no host has announced: sent to every VTEP of the network, or dropped and counted; workloads of this host hear them either way",
  default: "flood",
});
