// SPDX-License-Identifier: Apache-2.0

/** Bytes from the kernel that do not follow their own lengths, or a value of the wrong size. */
export class NetlinkDecodeError extends Error {
  readonly code = "WEFT_NETLINK_DECODE";
  /** Offset in the datagram, in octets. */
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(`${message} at offset ${offset}`);
    this.name = "NetlinkDecodeError";
    this.offset = offset;
  }
}

/** A value that cannot be put into a request: a name too long, a family mixed with another. Nothing was sent. */
export class NetlinkEncodeError extends Error {
  readonly code = "WEFT_NETLINK_ENCODE";
  constructor(message: string) {
    super(message);
    this.name = "NetlinkEncodeError";
  }
}

/** The kernel refused an operation. `message` reads like the iproute2 command with the kernel's reason. */
export class NetlinkError extends Error {
  readonly code = "WEFT_NETLINK";
  /** `bridge fdb add 02:00:00:00:00:01 dev 7 dst 10.0.0.2 self` */
  readonly operation: string;
  readonly errno: number;
  /** `EEXIST` */
  readonly errnoName: string;
  /** The kernel's extended ack (NLMSGERR_ATTR_MSG), when it gave one. */
  readonly kernelMessage: string | undefined;
  /** Offset in the request of the attribute that the kernel did not like (NLMSGERR_ATTR_OFFS). */
  readonly offset: number | undefined;
  constructor(operation: string, reason: NetlinkReason) {
    super(`${operation}: ${reason.errnoName} (${reason.kernelMessage ?? errnoText[reason.errnoName] ?? `errno ${reason.errno}`})`);
    this.name = "NetlinkError";
    this.operation = operation;
    this.errno = reason.errno;
    this.errnoName = reason.errnoName;
    this.kernelMessage = reason.kernelMessage;
    this.offset = reason.offset;
  }
}

export interface NetlinkReason {
  readonly errno: number;
  readonly errnoName: string;
  readonly kernelMessage?: string | undefined;
  readonly offset?: number | undefined;
}

/** The connection itself failed: no answer in time, answers lost, or used after `close`. What the kernel did is unknown: dump again. */
export class NetlinkConnectionError extends Error {
  readonly code = "WEFT_NETLINK_CONNECTION";
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "NetlinkConnectionError";
  }
}

/** strerror(3) of what rtnetlink gives. */
const errnoText: Readonly<Record<string, string>> = {
  EPERM: "Operation not permitted",
  ENOENT: "No such file or directory",
  ESRCH: "No such process",
  ENXIO: "No such device or address",
  EBADF: "Bad file descriptor",
  EAGAIN: "Resource temporarily unavailable",
  ENOMEM: "Cannot allocate memory",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  ENODEV: "No such device",
  EINVAL: "Invalid argument",
  ENFILE: "Too many open files in system",
  ENOSPC: "No space left on device",
  ERANGE: "Numerical result out of range",
  ELOOP: "Too many levels of symbolic links",
  EOPNOTSUPP: "Operation not supported",
  EAFNOSUPPORT: "Address family not supported by protocol",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ENETDOWN: "Network is down",
  ENETUNREACH: "Network is unreachable",
  ENOBUFS: "No buffer space available",
  EHOSTUNREACH: "No route to host",
  EPFNOSUPPORT: "Protocol family not supported",
};
