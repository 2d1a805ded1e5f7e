// SPDX-License-Identifier: Apache-2.0
import type { NetlinkError } from "../errors.ts";
import type { DumpFilters } from "../route/dump.ts";
import type { Message } from "../wire/message.ts";
import type { NetlinkEvent, NetlinkObject, NetlinkObjects, NetlinkRequest } from "../route/request.ts";

/** Outcome of one request: undefined when the kernel did it. */
export type NetlinkResult = NetlinkError | undefined;

export interface ExecuteOptions {
  /**
   * The connection's subscribers are not told meanwhile of forwarding entries, and neighbours without resolution (NUD_NOARP), that are put
   * with NTF_EXT_LEARNED, by whomever: that these requests did what they should, their results say. They are told of everything else.
   */
  readonly withoutEcho?: boolean;
  /** RTPROT_* of the routes among the requests: with `withoutEcho` subscribers are not told of those that are put with it either. */
  readonly routeProtocol?: number;
  /** Among the requests are some that take forwarding entries away: with `withoutEcho` subscribers are not told of those with NTF_EXT_LEARNED that go, either. */
  readonly takesEntries?: boolean;
}

export interface SlicedDumpOptions {
  /** Default 5. */
  readonly sliceMs?: number;
  /** Values of which `true` is said are left out, undecoded. May be not asked at all. */
  readonly isKnown?: (message: Message) => boolean;
}

export interface Subscription {
  /** No handler runs any more. May be called twice. */
  close(): void;
}

export interface SubscriptionHandlers {
  /** Events in the kernel's order, as many as were waiting. Own changes come too. */
  readonly onEvents: (events: readonly NetlinkEvent[]) => void;
  /**
   * Events were lost (ENOBUFS), or one could not be decoded (`reason` says which): what is known of the tables is stale. Dump again.
   * Events go on coming.
   */
  readonly onOverrun: (reason: string) => void;
}

/**
 * A connection to rtnetlink of one network namespace: `NetlinkConnection` is the kernel's, `FakeKernel.connect` that of tests.
 *
 * ```ts
 * const conn = new NetlinkConnection({ namespace: "/run/netns/weft-red" });
 * conn.run(link.add({ name: "br100", kind: { kind: "bridge", multicastSnooping: false } }));
 * const bridge = conn.dump("link", { name: "br100" })[0]!;
 * const failures = conn.execute(vteps.map((ip) => fdb.appendFlood(vxlan, ip))).filter((r) => r !== undefined);
 * conn.subscribe(["fdb", "neighbour"], { onEvents: (batch) => …, onOverrun: () => … });
 * ```
 * The calls are synchronous: one thread asks one kernel, and an answer
 * takes microseconds. {@link NetlinkConn.executeInSlices} is for batches that would hold up the event loop.
 */
export interface NetlinkConn {
  /** Path of the namespace; undefined: that of the process. */
  readonly namespace: string | undefined;

  /**
   * Carries requests out in order and goes on after a failure; one result per request. A value that cannot be put into a
   * message gives EINVAL without being sent.
   * @throws NetlinkConnectionError when answers are missing: some requests may have been carried out
   */
  execute(requests: readonly NetlinkRequest[], options?: ExecuteOptions): readonly NetlinkResult[];

  /** As {@link execute}, giving the loop a turn whenever `sliceMs` (default 10) have passed. */
  executeInSlices(requests: readonly NetlinkRequest[], sliceMs?: number): Promise<readonly NetlinkResult[]>;

  /** As {@link execute}, for requests that must all succeed. @throws NetlinkError the first failure; later requests were tried too */
  run(...requests: readonly NetlinkRequest[]): void;

  /**
   * All values of a table. Dumps that the kernel marks as interrupted are repeated.
   * @throws NetlinkError when the kernel refuses, `EAGAIN` when the table never held still
   */
  dump<K extends NetlinkObject>(object: K, filter?: DumpFilters[K]): readonly NetlinkObjects[K][];

  /**
   * As {@link dump}, giving the loop a turn whenever {@link SlicedDumpOptions.sliceMs} have passed. The table may change meanwhile: a value says
   * what was there when its part was made, which is up to a turn before it is given. A part may repeat values, and where
   * entries were deleted during the dump it may leave out others.
   */
  dumpInSlices<K extends NetlinkObject>(
    object: K,
    filter?: DumpFilters[K],
    options?: SlicedDumpOptions,
  ): AsyncIterable<readonly NetlinkObjects[K][]>;

  /** Events about these objects, from now on: subscribe first, then dump. */
  subscribe(objects: readonly NetlinkObject[], handlers: SubscriptionHandlers): Subscription;

  /** Closes the connection and its subscriptions. May be called twice. */
  close(): void;
}
