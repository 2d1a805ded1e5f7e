// SPDX-License-Identifier: Apache-2.0
import { type Mac, zeroMac } from "../../base/net/mac.ts";

export function macOf(letter: string): Mac {
  return letter === "0" ? zeroMac : (`02:00:00:00:00:${letter.charCodeAt(0).toString(16)}` as Mac);
}

export function letterOf(mac: Mac): string {
  return String.fromCharCode(Number.parseInt(mac.slice(-2), 16));
}
