// SPDX-License-Identifier: Apache-2.0
import { SystemCallError } from "../base/sys/errors.ts";
import { NetlinkConnectionError, NetlinkError } from "../netlink/errors.ts";

/** An error as a recording keeps it. */
export type ErrorRecord =
  | { readonly kind: "netlink"; readonly operation: string; readonly errno: number; readonly errnoName: string; readonly text?: string }
  | { readonly kind: "connection"; readonly text: string }
  | { readonly kind: "system-call"; readonly call: string; readonly errno: number }
  | { readonly kind: "other"; readonly text: string };

export function errorRecord(e: unknown): ErrorRecord {
  if (e instanceof NetlinkError) {
    const { operation, errno, errnoName, kernelMessage } = e;
    return { kind: "netlink", operation, errno, errnoName, ...(kernelMessage === undefined ? {} : { text: kernelMessage }) };
  }
  if (e instanceof NetlinkConnectionError) return { kind: "connection", text: e.message };
  if (e instanceof SystemCallError) return { kind: "system-call", call: e.call, errno: e.errno };
  return { kind: "other", text: e instanceof Error ? e.message : String(e) };
}

/** The error again, of the class that it was. */
export function errorOf(r: ErrorRecord): Error {
  switch (r.kind) {
    case "netlink":
      return new NetlinkError(r.operation, { errno: r.errno, errnoName: r.errnoName, kernelMessage: r.text });
    case "connection":
      return new NetlinkConnectionError(r.text);
    case "system-call":
      return new SystemCallError(r.call, r.errno);
    case "other":
      break;
  }
  return new Error(r.text);
}
