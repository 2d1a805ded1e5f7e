// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import { maskIp, type Prefix } from "../../base/net/prefix.ts";

/** RTPROT_KERNEL of linux/rtnetlink.h. */
export const kernelProtocol = 2;

/** The route that the kernel makes with an address; undefined where it makes none, or one that each device has (fe80::/64). */
export function connectedRoute(ip: Ip, length: number): { readonly prefix: Prefix; readonly metric: number } | undefined {
  if (length === (isIp4(ip) ? 32 : 128) || ip.startsWith("fe80:")) return undefined;
  return { prefix: { ip: maskIp(ip, length), length }, metric: isIp4(ip) ? 0 : 256 };
}
