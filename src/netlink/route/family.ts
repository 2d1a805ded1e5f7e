// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";

export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_BRIDGE = 7;
export const AF_INET6 = 10;

export function familyOf(ip: Ip): number {
  return isIp4(ip) ? AF_INET : AF_INET6;
}

/** `0.0.0.0` or `::`, for routes and rules that name no address. */
export function unspecified(family: number): Ip {
  return (family === AF_INET6 ? "::" : "0.0.0.0") as Ip;
}
