// SPDX-License-Identifier: Apache-2.0
/**
 * The three octets of a label field as one number. What they mean depends on the encapsulation: with VXLAN all 24 bits are
 * the VNI (RFC 8365 §5.1.3), with MPLS the upper 20 are the label and the lowest one is the bottom of the stack (RFC 3032 §2.1).
 */
export type LabelField = number;

/** The reading of VXLAN. */
export function vniOf(field: LabelField): number {
  return field;
}

/** The reading of MPLS. */
export function mplsLabelOf(field: LabelField): number {
  return field >>> 4;
}

export function isBottomOfStack(field: LabelField): boolean {
  return (field & 1) === 1;
}

/** The only label of its stack. */
export function labelFieldOfMpls(label: number): LabelField {
  return (label << 4) | 1;
}

/** Stands for "all labels" in a withdrawal — RFC 8277 §2.4. */
export const withdrawnLabel: LabelField = 0x800000;
