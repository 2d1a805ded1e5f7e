// SPDX-License-Identifier: Apache-2.0
/** What the thread of BFD and the rest of the process say to each other. */
import type { MessagePort } from "node:worker_threads";
import type { Notice, SessionRow } from "../engine/notice.ts";
import type { WantedSession } from "../engine/session-key.ts";

export type Command =
  | { readonly kind: "want"; readonly session: WantedSession }
  | { readonly kind: "forget"; readonly key: string }
  | { readonly kind: "rows"; readonly id: number }
  /** Every session ends with its last word. */
  | { readonly kind: "stop" };

export type ThreadNotice = Notice | { readonly kind: "rows"; readonly id: number; readonly rows: readonly SessionRow[] };

export interface ThreadData {
  readonly port: MessagePort;
  /** A socket that becomes readable when there is a command: the thread waits for sockets only. */
  readonly wake: number;
  readonly counts: SharedArrayBuffer;
  readonly namespace: string | undefined;
}
