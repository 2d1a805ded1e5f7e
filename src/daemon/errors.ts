// SPDX-License-Identifier: Apache-2.0

/** Another process serves this run directory. */
export class AlreadyRunningError extends Error {
  readonly code = "WEFT_ALREADY_RUNNING";
  readonly pid: number | undefined;
  constructor(directory: string, pid: number | undefined) {
    super(`${directory} belongs to a running process${pid === undefined ? "" : ` (pid ${pid})`}; stop it, or use another --run-dir`);
    this.name = "AlreadyRunningError";
    this.pid = pid;
  }
}

/** The run directory cannot be made or written. */
export class RunDirectoryError extends Error {
  readonly code = "WEFT_RUN_DIRECTORY";
  /** The system's word for it: `EACCES`. */
  readonly errnoName: string;
  constructor(directory: string, cause: unknown) {
    const errnoName = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    super(`cannot use ${directory} as run directory: ${errnoName}; name another with --run-dir, or run as root`, { cause });
    this.name = "RunDirectoryError";
    this.errnoName = errnoName;
  }
}

/** `metrics.listen` cannot be had. */
export class MetricsListenError extends Error {
  readonly code = "WEFT_METRICS_LISTEN";
  constructor(at: string, cause: unknown) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    super(`cannot serve metrics at ${at}: ${why}; change metrics.listen, or free that port`, { cause });
    this.name = "MetricsListenError";
  }
}

/** What a request to the local socket can fail with, besides the errors of the component that was asked. */
export type RequestErrorCode =
  /** A parameter that is unknown, missing, or not written in the form that it takes. */
  | "WEFT_BAD_REQUEST"
  /** Nothing is at this path, or no object has this name. */
  | "WEFT_NOT_FOUND"
  /** What was asked for cannot be done while starting or stopping. */
  | "WEFT_WRONG_STATE"
  /** The configuration file cannot be used; the old configuration stays. */
  | "WEFT_CONFIG_INVALID"
  /** A fault of the program. */
  | "WEFT_INTERNAL";

const statusOf: Readonly<Record<RequestErrorCode, number>> = {
  WEFT_BAD_REQUEST: 400,
  WEFT_NOT_FOUND: 404,
  WEFT_WRONG_STATE: 409,
  WEFT_CONFIG_INVALID: 422,
  WEFT_INTERNAL: 500,
};

/** A request that is refused; `status` is that of HTTP. */
export class RequestError extends Error {
  readonly code: RequestErrorCode;
  readonly status: number;
  constructor(code: RequestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RequestError";
    this.code = code;
    this.status = statusOf[code];
  }
}
