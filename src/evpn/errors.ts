// SPDX-License-Identifier: Apache-2.0

export type EvpnErrorCode =
  /** Two networks have the same name. */
  | "WEFT_EVPN_NETWORK_TWICE"
  /** Two domains have the same name. */
  | "WEFT_EVPN_DOMAIN_TWICE"
  /** Two networks have the same route distinguisher, so that one's routes would replace the other's. */
  | "WEFT_EVPN_RD_TWICE"
  /** A VNI is no whole number from 1 to 16777215. */
  | "WEFT_EVPN_VNI"
  /** A text is no route target. */
  | "WEFT_EVPN_ROUTE_TARGET"
  /** No number is left for an automatic route distinguisher. */
  | "WEFT_EVPN_RD_EXHAUSTED";

/** A configuration that the EVPN tables refuse, or text that is no route target. */
export class EvpnError extends Error {
  readonly code: EvpnErrorCode;
  constructor(code: EvpnErrorCode, message: string) {
    super(message);
    this.name = "EvpnError";
    this.code = code;
  }
}
