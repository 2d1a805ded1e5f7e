// SPDX-License-Identifier: Apache-2.0
import { setImmediate as nextTurn } from "node:timers/promises";
import { SystemCallError, errnoName, errnoOf } from "../../base/sys/errors.ts";
import { O_CLOEXEC, O_RDONLY, check, lastErrno, libc } from "../../base/sys/libc.ts";
import { NetlinkConnectionError, NetlinkEncodeError, NetlinkError } from "../errors.ts";
import { type DumpFilters, dumpRequests, matchesFilter } from "../route/dump.ts";
import { decodeEvent } from "../route/event.ts";
import { type RouteLookup, encodeRouteLookup } from "../route/route-lookup.ts";
import { type Route, RTPROT_UNSPEC } from "../route/route.ts";
import { decodeRoute } from "../route/route-codec.ts";
import { encodeGetLink } from "../route/link-codec.ts";
import { type NetlinkObject, type NetlinkObjects, type NetlinkRequest, encodeRequest, formatRequest } from "../route/request.ts";
import { decodeAck } from "../wire/ack.ts";
import { type Message, NLMSG_ERROR, NLM_F_ACK, messagesOf } from "../wire/message.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import type { ExecuteOptions, NetlinkConn, NetlinkResult, SlicedDumpOptions, Subscription, SubscriptionHandlers } from "./conn.ts";
import { DumpAnswer, interruptedError, netlinkError } from "./dump-answer.ts";
import { NetlinkSubscription } from "./netlink-subscription.ts";
import { openNetlinkSocket, receive } from "./netlink-socket.ts";
import { withoutOwnEcho, withoutOwnEntries } from "./own-echo.ts";
import { dumpInSlices } from "./sliced-dump.ts";

/** One send holds requests up to this weight; beyond it nothing is won (measured 64…256) and answers could overflow the buffer. */
const batchWeight = 128;
/** A link takes the kernel up to milliseconds, an FDB entry one or two microseconds. */
const linkWeight = 32;
const dumpAttempts = 16;
/** Numbers start again well before 32 bits end, never within a batch. */
const lastSequence = 0xffff_0000;
const receiveBuffer = 4 << 20;
const answerTimeoutSeconds = 30;

/** One for all connections, of which a host has one per domain: a request and its answers are done with before anything else runs. */
const writer = new MessageWriter(1 << 16);
const answers = new Uint8Array(1 << 18);

export interface NetlinkOptions {
  /** Path of a namespace, `/run/netns/x`; absent: that of the process. */
  readonly namespace?: string;
  /** Octets for events that wait to be read; a burst beyond it is an overrun. Default 32 MiB. */
  readonly eventBuffer?: number;
}

/** The kernel's rtnetlink in one network namespace. Needs CAP_NET_ADMIN for changes. */
export class NetlinkConnection implements NetlinkConn {
  readonly namespace: string | undefined;
  readonly #fd: number;
  readonly #namespaceFd: number | undefined;
  readonly #eventBuffer: number;
  readonly #writer = writer;
  readonly #buffer = answers;
  readonly #subscriptions = new Set<NetlinkSubscription>();
  #sequence = 1;
  #closed = false;

  /** @throws SystemCallError `ENOENT` when the namespace is not there, `EPERM` without the right to enter it */
  constructor(options: NetlinkOptions = {}) {
    this.namespace = options.namespace;
    this.#eventBuffer = options.eventBuffer ?? 32 << 20;
    this.#fd = openNetlinkSocket({
      namespace: options.namespace,
      receiveBuffer,
      blocking: true,
      timeoutSeconds: answerTimeoutSeconds,
    });
    // Kept open: subscriptions made later belong to the same namespace even if its name was given to another.
    const path = options.namespace;
    this.#namespaceFd = path === undefined ? undefined : check(libc.open(path, O_RDONLY | O_CLOEXEC), `open ${path}`);
  }

  execute(requests: readonly NetlinkRequest[], options: ExecuteOptions = {}): readonly NetlinkResult[] {
    const results = Array<NetlinkResult>(requests.length).fill(undefined);
    const deaf = options.withoutEcho === true ? [...this.#subscriptions] : [];
    const ignored = options.takesEntries === true ? withoutOwnEntries : withoutOwnEcho(options.routeProtocol ?? RTPROT_UNSPEC);
    try {
      for (const s of deaf) s.ignore(ignored);
      for (let at = 0; at < requests.length;) at = this.#executeBatch(requests, at, results, linkWeight);
    } finally {
      for (const s of deaf) s.hearAll();
    }
    return results;
  }

  async executeInSlices(requests: readonly NetlinkRequest[], sliceMs = 10): Promise<readonly NetlinkResult[]> {
    const results = Array<NetlinkResult>(requests.length).fill(undefined);
    let since = performance.now();
    for (let at = 0; at < requests.length;) {
      at = this.#executeBatch(requests, at, results, batchWeight); // each link by itself: removing one can take tens of ms
      if (performance.now() - since < sliceMs) continue;
      await nextTurn();
      since = performance.now();
    }
    return results;
  }

  run(...requests: readonly NetlinkRequest[]): void {
    const failure = this.execute(requests).find((r) => r !== undefined);
    if (failure) throw failure;
  }

  dump<K extends NetlinkObject>(object: K, filter: DumpFilters[K] = {}): readonly NetlinkObjects[K][] {
    if (object === "link") {
      const { name, ifindex } = filter as DumpFilters["link"];
      const target = ifindex ?? name;
      if (target !== undefined) return this.#getLink(target, filter as DumpFilters["link"]) as readonly unknown[] as NetlinkObjects[K][];
    }
    const all: NetlinkObjects[K][] = [];
    for (const encode of dumpRequests[object](filter)) {
      for (const value of this.#dumpOnce(object, encode)) if (matchesFilter[object](value, filter)) all.push(value);
    }
    return all;
  }

  dumpInSlices<K extends NetlinkObject>(
    object: K,
    filter: DumpFilters[K] = {},
    options: SlicedDumpOptions = {},
  ): AsyncIterable<readonly NetlinkObjects[K][]> {
    this.#assertOpen();
    return dumpInSlices(this.#ownPath(), object, filter, options);
  }

  /** Leads to the namespace also when its name was given to another. */
  #ownPath(): string | undefined {
    return this.#namespaceFd === undefined ? undefined : `/proc/self/fd/${this.#namespaceFd}`;
  }

  subscribe(objects: readonly NetlinkObject[], handlers: SubscriptionHandlers): Subscription {
    this.#assertOpen();
    const subscription = new NetlinkSubscription(this.#ownPath(), this.#eventBuffer, objects, handlers);
    this.#subscriptions.add(subscription);
    return {
      close: () => {
        this.#subscriptions.delete(subscription);
        subscription.close();
      },
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const s of this.#subscriptions) s.close();
    this.#subscriptions.clear();
    libc.close(this.#fd);
    if (this.#namespaceFd !== undefined) libc.close(this.#namespaceFd);
  }

  #assertOpen(): void {
    if (this.#closed) throw new NetlinkConnectionError("the netlink connection is closed");
  }

  #nextSequence(): number {
    if (this.#sequence > lastSequence) this.#sequence = 1;
    return this.#sequence++;
  }

  /** Sends one batch from `at` on and waits for its answers. @returns where the next batch begins */
  #executeBatch(requests: readonly NetlinkRequest[], at: number, results: NetlinkResult[], perLink: number): number {
    this.#assertOpen();
    const w = this.#writer;
    w.reset();
    if (this.#sequence > lastSequence) this.#sequence = 1;
    const first = this.#sequence;
    const opened: number[] = [];
    let last = -1; // index of the last request that went into the batch
    let lastAt = 0;
    let next = at;
    try {
      for (let weight = 0; next < requests.length && weight < batchWeight; next++) {
        const before = w.length;
        const request = requests[next]!;
        weight += request.object === "link" ? perLink : 1;
        try {
          encodeRequest(w, request, first + (next - at), (path) => openNamespace(path, opened));
          [last, lastAt] = [next, before];
        } catch (e) {
          w.truncate(before);
          results[next] = refusal(request, e);
        }
      }
      this.#sequence = first + (next - at);
      if (last < 0) return next;
      // The kernel always answers a failure and otherwise only when asked: one ack at the end tells that all the others succeeded.
      w.addFlags(lastAt, NLM_F_ACK);
      this.#send(w.view());
      this.#collect(requests, at, last, first, results);
    } finally {
      for (const fd of opened) libc.close(fd);
    }
    return next;
  }

  #collect(requests: readonly NetlinkRequest[], at: number, last: number, first: number, results: NetlinkResult[]): void {
    for (;;) {
      for (const m of messagesOf(this.#buffer, this.#receive())) {
        const index = at + (m.sequence - first);
        // Answers to an earlier batch that was given up are not for us.
        if (m.type !== NLMSG_ERROR || index < at || index > last) continue;
        const ack = decodeAck(m);
        if (ack.errno !== 0) results[index] = netlinkError(formatRequest(requests[index]!), ack);
        if (index === last) return;
      }
    }
  }

  #send(bytes: Uint8Array): void {
    for (;;) {
      if (libc.send(this.#fd, bytes, bytes.length, 0) >= 0) return;
      const errno = lastErrno();
      if (errnoName(errno) !== "EINTR") throw new NetlinkConnectionError(`netlink send: ${errnoName(errno)}`);
    }
  }

  #receive(): number {
    const n = receive(this.#fd, this.#buffer);
    if (typeof n === "number") return n;
    throw new NetlinkConnectionError(n === "EAGAIN" ? `no answer from the kernel in ${answerTimeoutSeconds} s` : `netlink receive: ${n}`);
  }

  #getLink(target: number | string, filter: DumpFilters["link"]): readonly NetlinkObjects["link"][] {
    const answer = this.#ask((w, sequence) => encodeGetLink(w, target, 0, sequence));
    if (answer.type === NLMSG_ERROR) {
      const ack = decodeAck(answer);
      if (errnoName(ack.errno) === "ENODEV") return [];
      throw netlinkError(`ip link show ${target}`, ack);
    }
    const event = decodeEvent(answer);
    return event?.object === "link" && matchesFilter.link(event.value, filter) ? [event.value] : [];
  }

  /**
   * The way that the kernel would send a packet. Not of {@link NetlinkConn}: for those who look on, not for those who decide.
   * @throws NetlinkError when there is none (ENETUNREACH, EHOSTUNREACH) or the question makes no sense (EINVAL)
   */
  lookup(question: RouteLookup): Route {
    const answer = this.#ask((w, sequence) => encodeRouteLookup(w, question, sequence));
    const twin = `ip route get ${question.to}`;
    if (answer.type === NLMSG_ERROR) throw netlinkError(twin, decodeAck(answer));
    const route = decodeRoute(answer);
    if (!route) throw new NetlinkConnectionError(`${twin}: an answer of another family`);
    return route;
  }

  /** One question with one answer. */
  #ask(encode: (w: MessageWriter, sequence: number) => void): Message {
    this.#assertOpen();
    const w = this.#writer;
    w.reset();
    const sequence = this.#nextSequence();
    encode(w, sequence);
    this.#send(w.view());
    for (;;) for (const m of messagesOf(this.#buffer, this.#receive())) if (m.sequence === sequence) return m;
  }

  #dumpOnce<K extends NetlinkObject>(object: K, encode: (w: MessageWriter, sequence: number) => void): readonly NetlinkObjects[K][] {
    this.#assertOpen();
    for (let attempt = 0; attempt < dumpAttempts; attempt++) {
      const sequence = this.#nextSequence();
      this.#writer.reset();
      encode(this.#writer, sequence);
      this.#send(this.#writer.view());
      const answer = new DumpAnswer(object, sequence);
      while (answer.take(this.#buffer, this.#receive()));
      if (!answer.interrupted) return answer.drain();
    }
    throw interruptedError(object, dumpAttempts);
  }
}

/** A request that could not be made into a message, as if the kernel had refused it. */
function refusal(request: NetlinkRequest, e: unknown): NetlinkError {
  if (e instanceof NetlinkEncodeError)
    return new NetlinkError(formatRequest(request), { errno: errnoOf("EINVAL"), errnoName: "EINVAL", kernelMessage: e.message });
  if (e instanceof SystemCallError)
    return new NetlinkError(formatRequest(request), { errno: e.errno, errnoName: e.errnoName, kernelMessage: e.message });
  throw e;
}

function openNamespace(path: string, opened: number[]): number {
  const fd = check(libc.open(path, O_RDONLY | O_CLOEXEC), `open ${path}`);
  opened.push(fd);
  return fd;
}
