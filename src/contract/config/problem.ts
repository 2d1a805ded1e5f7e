// SPDX-License-Identifier: Apache-2.0

/** What can be wrong with a configuration file; the codes are stable. */
export const configProblemCodes = {
  WEFT_CONFIG_UNREADABLE: "the file cannot be read",
  WEFT_CONFIG_SYNTAX: "the file is not YAML 1.2, or holds more than one document",
  WEFT_CONFIG_UNKNOWN_KEY: "a key that has no meaning here",
  WEFT_CONFIG_MISSING_KEY: "a key that must be present is absent",
  WEFT_CONFIG_TYPE: "a value of another type than the key takes",
  WEFT_CONFIG_VALUE: "a value that is out of range or not written in the form that the key takes",
  WEFT_CONFIG_DUPLICATE: "two objects share what must be unique: a name, a VNI, an address",
  WEFT_CONFIG_REFERENCE: "a name that nothing in the file has",
  WEFT_CONFIG_CONFLICT: "values that are right by themselves but not together",
} as const;

export type ConfigProblemCode = keyof typeof configProblemCodes;

/** Keys and list positions from the top of the file: `["networks", 1, "vni"]`. */
export type ConfigPath = readonly (string | number)[];

export interface ConfigProblem {
  readonly code: ConfigProblemCode;
  readonly path: ConfigPath;
  /** 1-based; 0 when the problem is the file as a whole. */
  readonly line: number;
  readonly column: number;
  readonly wrong: string;
  readonly allowed: string;
  /** How to mend it; empty when `allowed` says all. */
  readonly mend: string;
}

/** `networks[1].vni`. */
export function formatPath(path: ConfigPath): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}

/** What a file holds may be anything; what is shown of it is one line that cannot steer a terminal. */
function shown(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, " ");
  return line.length > 240 ? `${line.slice(0, 240)}…` : line;
}

/** `FILE:LINE:COL: KEY: what is wrong; what is allowed; how to mend [CODE]`. */
export function formatProblem(file: string, p: ConfigProblem): string {
  const where = p.line === 0 ? file : `${file}:${p.line}:${p.column}`;
  const key = p.path.length === 0 ? "" : `${shown(formatPath(p.path))}: `;
  return `${where}: ${key}${[shown(p.wrong), p.allowed, p.mend].filter((t) => t !== "").join("; ")} [${p.code}]`;
}
