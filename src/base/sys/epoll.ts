// SPDX-License-Identifier: Apache-2.0
import { check, lastErrno, libc } from "./libc.ts";
import { SystemCallError, errnoName } from "./errors.ts";

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const EPOLLERR = 8;
/** `struct epoll_event` is packed on x86-64 only. */
const eventSize = process.arch === "x64" ? 12 : 16;
const dataAt = eventSize - 8;
const mostEvents = 64;

export interface Readiness {
  readonly fd: number;
  readonly isReadable: boolean;
  /** Something waits in the error queue. */
  readonly hasError: boolean;
}

/**
 * epoll(7), for a thread that waits for sockets and for nothing else. Level-triggered. A descriptor that is closed leaves by itself.
 * The thread's own event loop stands still meanwhile: not for the main thread.
 */
export class Epoll {
  readonly #fd: number;
  readonly #events = new Uint8Array(eventSize * mostEvents);
  readonly #view = new DataView(this.#events.buffer);

  /** @throws SystemCallError */
  constructor() {
    this.#fd = check(libc.epollCreate(EPOLL_CLOEXEC), "epoll_create1");
  }

  /** @throws SystemCallError */
  add(fd: number): void {
    const event = new Uint8Array(eventSize);
    const view = new DataView(event.buffer);
    view.setUint32(0, EPOLLIN | EPOLLERR, true);
    view.setInt32(dataAt, fd, true);
    check(libc.epollControl(this.#fd, EPOLL_CTL_ADD, fd, event), "epoll_ctl");
  }

  /** Blocks the thread for at most `ms`. @throws SystemCallError */
  wait(ms: number): Readiness[] {
    const n = libc.epollWait(this.#fd, this.#events, mostEvents, Math.max(0, Math.ceil(ms)));
    if (n < 0) {
      const errno = lastErrno();
      if (errnoName(errno) === "EINTR") return [];
      throw new SystemCallError("epoll_wait", errno);
    }
    return Array.from({ length: n }, (_, i) => {
      const bits = this.#view.getUint32(i * eventSize, true);
      return {
        fd: this.#view.getInt32(i * eventSize + dataAt, true),
        isReadable: (bits & EPOLLIN) !== 0,
        hasError: (bits & EPOLLERR) !== 0,
      };
    });
  }

  close(): void {
    libc.close(this.#fd);
  }
}
