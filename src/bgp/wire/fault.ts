// SPDX-License-Identifier: Apache-2.0
import type { Family } from "./family.ts";
import type { Notification } from "./notification.ts";

/** What a malformed UPDATE obliges us to do, weakest first — RFC 7606 §2. */
export type Reaction = "discard" | "withdraw" | "disable-family" | "reset";

/** One thing wrong with an UPDATE. */
export interface AttributeFault {
  readonly reaction: Reaction;
  /** Type code of the attribute at fault; undefined when it is the message around them. */
  readonly attribute: number | undefined;
  /** For people: which field, what it holds, what is allowed. */
  readonly message: string;
  /** What to send if the session has to end because of it — RFC 4271 §6.3. */
  readonly notification: Notification;
  /** For `disable-family`; RFC 7606 §5.3 allows a reset with {@link notification} instead. */
  readonly family?: Family;
}

const strength: readonly Reaction[] = ["discard", "withdraw", "disable-family", "reset"];

/** The fault with the strongest reaction, the first of equals: "the strongest action MUST be used" — RFC 7606 §3(h). */
export function strongestFault(faults: readonly AttributeFault[]): AttributeFault | undefined {
  let worst: AttributeFault | undefined;
  for (const f of faults) if (!worst || strength.indexOf(f.reaction) > strength.indexOf(worst.reaction)) worst = f;
  return worst;
}
