// SPDX-License-Identifier: Apache-2.0
import type { CapabilityCodec } from "./codec.ts";

/** Messages of up to 65535 octets — RFC 8654 §3. Without a value. */
export interface ExtendedMessage {
  readonly kind: "extended-message";
}

export const extendedMessage: CapabilityCodec<ExtendedMessage> = {
  code: 6,
  name: "extended-message",
  decode() {
    return { kind: "extended-message" };
  },
  encode() {},
};
