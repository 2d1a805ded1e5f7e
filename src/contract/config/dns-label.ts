// SPDX-License-Identifier: Apache-2.0

/** The name of an object as a host name (RFC 1123 §2.1): small letters, digits and dashes; `Web_1.a` → `web-1-a`. */
export function dnsLabel(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, "");
}
