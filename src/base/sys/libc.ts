// SPDX-License-Identifier: Apache-2.0
/** The only place that calls into libc: plain declarations, no policy. Everything else of the program goes through files of this folder. */
import koffi from "koffi";
import { SystemCallError } from "./errors.ts";

const c = koffi.load(null); // the symbols that the node executable itself is linked with: glibc and musl alike

export const libc = {
  socket: c.func("int socket(int, int, int)") as (domain: number, type: number, protocol: number) => number,
  bind: c.func("int bind(int, const uint8_t *, int)") as (fd: number, address: Uint8Array, length: number) => number,
  listen: c.func("int listen(int, int)") as (fd: number, backlog: number) => number,
  send: c.func("long send(int, const uint8_t *, size_t, int)") as (fd: number, data: Uint8Array, length: number, flags: number) => number,
  recv: c.func("long recv(int, _Out_ uint8_t *, size_t, int)") as (fd: number, into: Uint8Array, length: number, flags: number) => number,
  recvfrom: c.func("long recvfrom(int, _Out_ uint8_t *, size_t, int, _Out_ uint8_t *, _Inout_ int *)") as (
    fd: number,
    into: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number[],
  ) => number,
  /** `headers`: address of `struct mmsghdr`s. */
  recvmmsg: c.func("int recvmmsg(int, void *, unsigned int, int, void *)") as (
    fd: number,
    headers: bigint,
    count: number,
    flags: number,
    timeout: null,
  ) => number,
  setsockopt: c.func("int setsockopt(int, int, int, const uint8_t *, int)") as (
    fd: number,
    level: number,
    name: number,
    value: Uint8Array,
    length: number,
  ) => number,
  getsockopt: c.func("int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ int *)") as (
    fd: number,
    level: number,
    name: number,
    value: Uint8Array,
    length: number[],
  ) => number,
  sendto: c.func("long sendto(int, const uint8_t *, size_t, int, const uint8_t *, int)") as (
    fd: number,
    data: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ) => number,
  /** `argument`: address of a structure, as the request has it. */
  ioctl: c.func("int ioctl(int, unsigned long, void *)") as (fd: number, request: number, argument: bigint) => number,
  flock: c.func("int flock(int, int)") as (fd: number, operation: number) => number,
  close: c.func("int close(int)") as (fd: number) => number,
  open: c.func("int open(const char *, int)") as (path: string, flags: number) => number,
  socketpair: c.func("int socketpair(int, int, int, _Out_ int *)") as (
    domain: number,
    type: number,
    protocol: number,
    out: number[],
  ) => number,
  fcntl: c.func("int fcntl(int, int, ...)") as (fd: number, command: number, type: "int", argument: number) => number,
  dup3: c.func("int dup3(int, int, int)") as (from: number, to: number, flags: number) => number,
  poll: c.func("int poll(_Inout_ uint8_t *, unsigned long, int)") as (fds: Uint8Array, count: number, timeout: number) => number,
  epollCreate: c.func("int epoll_create1(int)") as (flags: number) => number,
  /** `event`: one `struct epoll_event`. */
  epollControl: c.func("int epoll_ctl(int, int, int, const uint8_t *)") as (
    fd: number,
    operation: number,
    of: number,
    event: Uint8Array,
  ) => number,
  epollWait: c.func("int epoll_wait(int, _Out_ uint8_t *, int, int)") as (
    fd: number,
    events: Uint8Array,
    most: number,
    timeout: number,
  ) => number,
  setPriority: c.func("int setpriority(int, int, int)") as (which: number, who: number, nice: number) => number,
  connect: c.func("int connect(int, const uint8_t *, int)") as (fd: number, address: Uint8Array, length: number) => number,
  setns: c.func("int setns(int, int)") as (fd: number, type: number) => number,
  /** 0 when there is none. Looks in the network namespace of the calling thread. */
  ifNameToIndex: c.func("unsigned int if_nametoindex(const char *)") as (name: string) => number,
  unshare: c.func("int unshare(int)") as (flags: number) => number,
  mount: c.func("int mount(const char *, const char *, const char *, unsigned long, const char *)") as (
    source: string,
    target: string,
    type: string | null,
    flags: number,
    data: string | null,
  ) => number,
  umount2: c.func("int umount2(const char *, int)") as (target: string, flags: number) => number,
};

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_NONBLOCK = 0o4000;
export const O_RDONLY = 0;
export const O_CLOEXEC = 0o2000000;
export const CLONE_NEWNET = 0x40000000;

/** errno of the call just made. Read it before anything else calls into libc. */
export function lastErrno(): number {
  return koffi.errno();
}

/** Gives the result back, or throws {@link SystemCallError} when it is negative. */
export function check(result: number | bigint, call: string): number {
  const n = Number(result);
  if (n < 0) throw new SystemCallError(call, koffi.errno());
  return n;
}

/** @throws SystemCallError */
export function setSocketOption(fd: number, level: number, name: number, value: Uint8Array | number, call: string): void {
  let bytes = value;
  if (typeof bytes === "number") {
    const b = new Uint8Array(4);
    new DataView(b.buffer).setInt32(0, bytes, true);
    bytes = b;
  }
  check(libc.setsockopt(fd, level, name, bytes, bytes.length), call);
}
