// SPDX-License-Identifier: Apache-2.0

export type NftablesErrorCode =
  /** libnftables is not installed, so no ruleset can be written or read. */
  | "WEFT_NFT_MISSING"
  /** The kernel or libnftables refused a transaction; nothing of it was done. */
  | "WEFT_NFT_REFUSED";

/** A transaction or a listing that failed. A transaction is all or nothing, so the ruleset is as it was. */
export class NftablesError extends Error {
  readonly code: NftablesErrorCode;
  /** `ENOENT`; `UNKNOWN` when the words of the library name none. */
  readonly errnoName: string;
  constructor(code: NftablesErrorCode, message: string, errnoName: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "NftablesError";
    this.code = code;
    this.errnoName = errnoName;
  }
}

/** The library tells strerror(3) only. */
const errnoOfText: Readonly<Record<string, string>> = {
  "Operation not permitted": "EPERM",
  "No such file or directory": "ENOENT",
  "Device or resource busy": "EBUSY",
  "File exists": "EEXIST",
  "Invalid argument": "EINVAL",
  "Operation not supported": "EOPNOTSUPP",
  "Protocol not supported": "EPROTONOSUPPORT",
  "Cannot allocate memory": "ENOMEM",
  "No buffer space available": "ENOBUFS",
  "Message too long": "EMSGSIZE",
  "Too many open files in system": "ENFILE",
};

/** From the library's report: `Error: Could not process rule: No such file or directory`, the line that it was given, a row of carets. */
export function refusal(report: string): NftablesError {
  const words = /Error: (.*)$/m.exec(report)?.[1] ?? report.trim().split("\n")[0] ?? "";
  const reason = Object.keys(errnoOfText).find((t) => words.endsWith(t));
  return new NftablesError("WEFT_NFT_REFUSED", `nft: ${words || "refused"}`, reason ? errnoOfText[reason]! : "UNKNOWN");
}
