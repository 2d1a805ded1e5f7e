// SPDX-License-Identifier: Apache-2.0
import type { Check } from "../finding.ts";

/** Devices without hardware: what leaves them with an unfinished checksum arrives so. */
const virtual: ReadonlySet<string> = new Set(["veth", "tun", "macvlan", "ipvlan"]);

export const checksumOffload: Check = {
  code: "WEFT_DOCTOR_CHECKSUM_OFFLOAD",
  meaning: "checksums of VXLAN packets are left to a device that has no hardware",
  judge: ({ uplinks }) =>
    uplinks
      .filter((d) => virtual.has(d.kind) && d.txChecksum === true)
      .map((d) => ({
        severity: "note",
        object: `device ${d.name}`,
        what: `${d.kind} towards the underlay with tx-checksumming on`,
        why: "kernels at the other end do not mind; a VTEP in user space (Open vSwitch with its netdev datapath) drops UDP packets with an unfinished checksum",
        remedies: [{ kind: "tx-checksum-off", device: d.name }],
      })),
};
