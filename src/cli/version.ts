// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";

/** Version of the package that this file belongs to; the same relative place in a checkout and in the published package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  return version;
}
