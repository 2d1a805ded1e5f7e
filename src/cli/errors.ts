// SPDX-License-Identifier: Apache-2.0

/** The command line cannot be understood. */
export class UsageError extends Error {
  readonly code = "WEFT_USAGE";
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** Nothing answers on the local socket. */
export class NotRunningError extends Error {
  readonly code = "WEFT_NOT_RUNNING";
  constructor(socket: string, cause: unknown) {
    super(`nothing answers at ${socket}; start weft agent or weft reflector, or name its run directory with --run-dir`, { cause });
    this.name = "NotRunningError";
  }
}

/** The local socket may not be opened. */
export class NoPermissionError extends Error {
  readonly code = "WEFT_NO_PERMISSION";
  constructor(what: string, cause?: unknown) {
    super(`${what}; run as root or as the user that the daemon runs as`, { cause });
    this.name = "NoPermissionError";
  }
}

/** The daemon answered with an error of its own; `code` is the daemon's. */
export class RefusedError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "RefusedError";
    this.code = code;
  }
}

/** Input that was to be decoded is not what it was said to be. */
export class MalformedInputError extends Error {
  readonly code: MalformedInputCode;
  constructor(code: MalformedInputCode, message: string) {
    super(message);
    this.name = "MalformedInputError";
    this.code = code;
  }
}

export type MalformedInputCode =
  /** The input is no even number of hex digits. */
  | "WEFT_NOT_HEX"
  /** The octets break a rule of BGP; the message begins with what RFC 7606 has a session do about them. */
  | "WEFT_MALFORMED";
