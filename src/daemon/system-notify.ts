// SPDX-License-Identifier: Apache-2.0
import { AF_UNIX, check, libc, SOCK_CLOEXEC, SOCK_DGRAM } from "../base/sys/libc.ts";

/**
 * Tells the service manager how we are (sd_notify(3): `READY=1`, `STOPPING=1`, `WATCHDOG=1`); nothing without `NOTIFY_SOCKET`.
 * @throws SystemCallError when the socket cannot be reached
 */
export function systemNotify(state: string, address: string | undefined): void {
  if (address === undefined || address === "") return;
  const name = Buffer.from(address);
  // An abstract socket is written with @ and has a leading zero octet instead.
  if (name[0] === 0x40) name[0] = 0;
  const sockaddr = new Uint8Array(2 + name.length + (name[0] === 0 ? 0 : 1));
  new DataView(sockaddr.buffer).setUint16(0, AF_UNIX, true);
  sockaddr.set(name, 2);
  const fd = check(libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket AF_UNIX");
  try {
    const data = Buffer.from(state);
    check(libc.sendto(fd, data, data.length, 0, sockaddr, sockaddr.length), `sendto ${address}`);
  } finally {
    libc.close(fd);
  }
}
