// SPDX-License-Identifier: Apache-2.0
/** An address family by the name that people use, or `afi/safi` in numbers for one that we do not know. */
export type Family = "ipv4-unicast" | "ipv6-unicast" | "vpnv4" | "vpnv6" | "l2vpn-evpn" | "rt-constrain" | `${number}/${number}`;

interface FamilyRow {
  readonly family: Family;
  readonly afi: number;
  readonly safi: number;
}

/** IANA "Address Family Numbers" and "SAFI Values". */
export const familyTable: readonly FamilyRow[] = [
  { family: "ipv4-unicast", afi: 1, safi: 1 },
  { family: "ipv6-unicast", afi: 2, safi: 1 },
  { family: "vpnv4", afi: 1, safi: 128 },
  { family: "vpnv6", afi: 2, safi: 128 },
  { family: "l2vpn-evpn", afi: 25, safi: 70 },
  { family: "rt-constrain", afi: 1, safi: 132 },
];

export function familyOf(afi: number, safi: number): Family {
  return familyTable.find((row) => row.afi === afi && row.safi === safi)?.family ?? `${afi}/${safi}`;
}

export function afiSafi(family: Family): { readonly afi: number; readonly safi: number } {
  const row = familyTable.find((r) => r.family === family);
  if (row) return row;
  const [afi, safi] = family.split("/").map(Number);
  return { afi: afi!, safi: safi! };
}
