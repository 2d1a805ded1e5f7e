// SPDX-License-Identifier: Apache-2.0
import net from "node:net";
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM, check, lastErrno, libc } from "./libc.ts";
import { DatagramBatch } from "./datagram-batch.ts";
import { errnoName } from "./errors.ts";

const POLLIN = 1;
const O_CLOEXEC = 0o2000000;
/** Datagrams per turn of the loop, so that a flood does not hold it up. */
const mostPerTurn = 2048;
const checkEveryMs = 200;
const pollEveryMs = 2;

export interface DatagramHandlers {
  /** What was waiting, in order, in one call or several. Views, valid until the handler returns. */
  readonly onDatagrams: (batch: readonly Uint8Array[]) => void;
  /**
   * A receive failed. The watch goes on. `ENOBUFS`: datagrams were lost; told when everything older has been handed on, so that what is
   * read anew from then on is newer than all that came before.
   */
  readonly onError: (errnoName: string) => void;
}

/** One for all watches: handlers are done with a batch when they return. */
let shared: DatagramBatch | undefined;
/** Likewise for what the loop reads: it hands that on before it reads from another socket. */
const longest = new Uint8Array(1 << 16);

/** How the event loop learns that there is something to read. */
export type WatchMode = "event-loop" | "polling";

/**
 * Receives from a datagram socket that Node has no class for (netlink, packet) in the event loop. Takes the descriptor over.
 *
 * Node only watches descriptors of kinds it knows. So a `net.Socket` is made from a pair of unix sockets and its descriptor is
 * replaced by the datagram socket (dup3) in the same tick: the loop registers a descriptor when it next polls, and from then on
 * reads ours, one datagram per read. That order is not documented, therefore the watch checks itself: when data stands
 * waiting over a whole turn of the loop and nobody was told, it polls by a timer from then on, which is slower but needs nothing of Node.
 */
export class DatagramWatch {
  readonly #fd: number;
  readonly #handlers: DatagramHandlers;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #batch = (shared ??= new DatagramBatch());
  #socket: net.Socket | undefined;
  #timer: NodeJS.Timeout;
  #wakes = 0;
  #wakesAtCheck = -1;
  #closed = false;
  /** Datagrams were lost, and older ones still wait. */
  #lost = false;
  #mode: WatchMode = "event-loop";

  /** `size`: octets of the longest datagram. @throws SystemCallError */
  constructor(fd: number, handlers: DatagramHandlers, size = longest.length) {
    this.#fd = fd;
    this.#handlers = handlers;
    this.#buffer = longest.subarray(0, size);
    this.#watch();
    this.#timer = setInterval(() => this.#check(), checkEveryMs);
  }

  get mode(): WatchMode {
    return this.#mode;
  }

  #watch(): void {
    const pair = [0, 0];
    check(libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "socketpair");
    const [ours, other] = pair as [number, number];
    const socket = new net.Socket({
      fd: ours,
      readable: true,
      writable: false,
      onread: {
        buffer: this.#buffer,
        callback: (n, bytes) => {
          this.#wakes++;
          this.#drain(bytes.subarray(0, n));
          return true;
        },
      },
    });
    check(libc.dup3(this.#fd, ours, O_CLOEXEC), "dup3");
    libc.close(other);
    // A failed read makes Node give the socket up; the datagram socket itself is sound, so it is watched anew.
    socket.on("error", (e: NodeJS.ErrnoException) => {
      if (this.#closed || socket !== this.#socket) return;
      this.#wakes++;
      this.#failed(e.code ?? e.message);
      if (this.#closed) return;
      this.#drain();
      if (!this.#closed) this.#watch();
    });
    socket.resume();
    this.#socket = socket;
  }

  /** Hands on `first` and whatever else is waiting. */
  #drain(first?: Uint8Array): void {
    // Beside the first, so that datagrams that wait together are handed on together.
    let before = first === undefined ? [] : [first];
    for (let taken = 0; taken < mostPerTurn && !this.#closed;) {
      const n = this.#batch.receive(this.#fd);
      const failed = n < 0 ? errnoName(lastErrno()) : this.#batch.truncated ? "EMSGSIZE" : undefined;
      if (failed === "EINTR") continue;
      const isEmpty = failed === "EAGAIN";
      taken += Math.max(0, n);
      const datagrams = n < 0 ? before : [...before, ...this.#batch.datagrams()];
      const isFull = this.#batch.full;
      before = [];
      if (datagrams.length > 0) this.#handlers.onDatagrams(datagrams);
      if (failed !== undefined && !isEmpty) this.#failed(failed);
      if (isEmpty) this.#caughtUp();
      // After a loss only an empty queue is the end.
      const isBehind = this.#lost && (n >= 0 || failed === "ENOBUFS");
      if (!isFull && !isBehind) return;
    }
    if (this.#lost) setImmediate(() => this.#drain());
  }

  #failed(errno: string): void {
    // A netlink socket that overran gets nothing new before its queue is empty (netlink_overrun in the kernel), so it will be soon.
    if (errno === "ENOBUFS") this.#lost = true;
    else if (!this.#closed) this.#handlers.onError(errno);
  }

  #caughtUp(): void {
    if (!this.#lost) return;
    this.#lost = false;
    if (!this.#closed) this.#handlers.onError("ENOBUFS");
  }

  #readable(): boolean {
    const pollfd = new Uint8Array(8);
    new DataView(pollfd.buffer).setInt32(0, this.#fd, true);
    pollfd[4] = POLLIN;
    return libc.poll(pollfd, 1, 0) > 0;
  }

  /** Two checks in a row find data and no wake between them: the loop polled in between and did not see it. */
  #check(): void {
    if (!this.#readable()) {
      this.#wakesAtCheck = -1;
      return;
    }
    if (this.#wakesAtCheck !== this.#wakes) {
      this.#wakesAtCheck = this.#wakes;
      return;
    }
    this.#mode = "polling";
    clearInterval(this.#timer);
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#timer = setInterval(() => this.#drain(), pollEveryMs);
    this.#drain();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#socket?.destroy();
    libc.close(this.#fd);
  }
}
