// SPDX-License-Identifier: Apache-2.0
import { NetlinkConnectionError, NetlinkError } from "../netlink/errors.ts";
import type { DumpFilters } from "../netlink/route/dump.ts";
import {
  formatRequest,
  type NetlinkEvent,
  type NetlinkObject,
  type NetlinkObjects,
  type NetlinkRequest,
} from "../netlink/route/request.ts";
import type { NetlinkConn, NetlinkResult, Subscription, SubscriptionHandlers } from "../netlink/socket/conn.ts";
import { errorOf } from "../record/error-record.ts";
import type { NamespacePath } from "../record/recording.ts";
import * as question from "../record/question.ts";
import type { Namespaces, Rulesets, Sysctls } from "../record/record-host.ts";
import type { Answer, Course, DumpPart } from "./course.ts";
import { KnownTables } from "./known-tables.ts";

/** The host of a recording: answers what it answered, refuses what it refused, and changes nothing. */
export class ReplayHost {
  readonly #course: Course;
  readonly #tables = new KnownTables();
  readonly #dumping = new Map<number, readonly unknown[]>();
  readonly #handlers = new Map<NamespacePath, SubscriptionHandlers>();
  readonly #watches = new Map<string, (tables: readonly string[] | null) => void>();
  readonly namespaces: Namespaces;
  readonly sysctls: Sysctls;
  readonly rulesets: Rulesets;

  constructor(course: Course) {
    this.#course = course;
    this.namespaces = {
      list: () => this.#ask(question.namespaces) as readonly string[],
      create: (name) => this.#do(question.createNamespace(name)),
      remove: (name) => this.#do(question.removeNamespace(name)),
    };
    const name = (table: { readonly family: string; readonly name: string }): string => `${table.family} ${table.name}`;
    this.rulesets = {
      state: (ns, table) => (this.#ask(question.ruleset(ns, name(table))) as string | null) ?? undefined,
      write: (ns, table) => this.#do(question.writeRuleset(ns, name(table))),
      remove: (ns, table) => this.#do(question.removeRuleset(ns, name(table))),
      watch: (ns, onChange) => {
        this.#watches.set(ns, onChange);
        return {
          close: () => {
            if (this.#watches.get(ns) === onChange) this.#watches.delete(ns);
          },
        };
      },
    };
    this.sysctls = {
      read: (ns, name) => (this.#ask(question.sysctl(ns, name)) as string | null) ?? undefined,
      write: (ns, name, value) => this.#do(question.writeSysctl(ns, name, value)),
      // Recordings of before sysctls were noted do not have it.
      noted: () => (course.knows(question.notedSysctls) ? (this.#ask(question.notedSysctls) as readonly string[]) : []),
      note: () => undefined,
      restore: (name) => this.#do(question.restoreSysctl(name)),
    };
  }

  connect(namespace: string | undefined): NetlinkConn {
    this.#ask(question.connect(namespace));
    return new ReplayConnection(namespace, this.#course, this.#tables, this.#handlers);
  }

  /** What the recorded agent was told in answer to a question. */
  learn(answer: Answer): void {
    if ("rows" in answer) this.#learnRows(answer.ask, answer.rows);
  }

  dumped(part: DumpPart): void {
    const rows = this.#dumping.get(part.dump) ?? [];
    this.#dumping.set(part.dump, rows.concat(rowsOf(part)));
    if (part.last) {
      if (!part.failed) this.#learnRows(part.of, rows);
      this.#dumping.delete(part.dump);
    }
    this.#course.dumped(part);
  }

  #learnRows(asked: string, rows: readonly unknown[]): void {
    const dump = question.readDump(asked);
    if (dump) this.#tables.replace(dump.ns, dump.object as NetlinkObject, dump.filter, rows as readonly object[]);
  }

  events(ns: NamespacePath, list: readonly NetlinkEvent[]): void {
    for (const e of list) this.#tables.event(ns, e);
    this.#handlers.get(ns)?.onEvents(list);
  }

  overrun(ns: NamespacePath, reason: string): void {
    this.#handlers.get(ns)?.onOverrun(reason);
  }

  tables(ns: string, changed: readonly string[] | null): void {
    this.#watches.get(ns)?.(changed);
  }

  #ask(text: string): unknown {
    const answer = this.#course.ask(text);
    if ("failed" in answer) throw errorOf(answer.failed);
    return "is" in answer ? answer.is : undefined;
  }

  #do(text: string): void {
    const failed = this.#course.failure(this.#course.number(1));
    this.#course.decide({ channel: "kernel", text });
    if (failed) throw errorOf(failed);
  }
}

/** A recording that was read has parts in full. */
function rowsOf(part: DumpPart): readonly unknown[] {
  return part.changed.flatMap(([verb, what]) => (verb === "put" ? what : []));
}

class ReplayConnection implements NetlinkConn {
  readonly namespace: string | undefined;
  readonly #course: Course;
  readonly #tables: KnownTables;
  readonly #handlers: Map<NamespacePath, SubscriptionHandlers>;

  constructor(namespace: string | undefined, course: Course, tables: KnownTables, handlers: Map<NamespacePath, SubscriptionHandlers>) {
    this.namespace = namespace;
    this.#course = course;
    this.#tables = tables;
    this.#handlers = handlers;
  }

  execute(requests: readonly NetlinkRequest[]): readonly NetlinkResult[] {
    return this.#results(this.#decide(requests), requests.length);
  }

  async executeInSlices(requests: readonly NetlinkRequest[]): Promise<readonly NetlinkResult[]> {
    const first = this.#decide(requests);
    await new Promise<void>((resolve) => this.#course.whenExecuted(first + requests.length, resolve));
    return this.#results(first, requests.length);
  }

  run(...requests: readonly NetlinkRequest[]): void {
    const failure = this.execute(requests).find((r) => r !== undefined);
    if (failure) throw failure;
  }

  dump<K extends NetlinkObject>(object: K, filter?: DumpFilters[K]): readonly NetlinkObjects[K][] {
    const text = question.dump(this.namespace, object, filter);
    const answer = this.#course.askNow(text);
    if (answer && "failed" in answer) throw errorOf(answer.failed);
    const rows =
      answer && "rows" in answer
        ? answer.rows
        : this.#tables.rows(this.namespace ?? null, object, (filter ?? {}) as { readonly name?: string });
    if (!rows) throw this.#course.unanswered(text);
    return rows as readonly NetlinkObjects[K][];
  }

  async *dumpInSlices<K extends NetlinkObject>(object: K, filter?: DumpFilters[K]): AsyncGenerator<readonly NetlinkObjects[K][]> {
    const dump = this.#course.takeDump(question.dump(this.namespace, object, filter));
    if (dump === undefined) {
      yield await Promise.resolve(this.dump(object, filter));
      return;
    }
    for (;;) {
      const part = await this.#course.part(dump);
      if (part.failed) throw errorOf(part.failed);
      if (part.last) return;
      yield rowsOf(part) as readonly NetlinkObjects[K][];
    }
  }

  subscribe(_: readonly NetlinkObject[], handlers: SubscriptionHandlers): Subscription {
    const ns = this.namespace ?? null;
    this.#handlers.set(ns, handlers);
    return {
      close: () => {
        if (this.#handlers.get(ns) === handlers) this.#handlers.delete(ns);
      },
    };
  }

  close(): void {
    // There is nothing behind it.
  }

  #decide(requests: readonly NetlinkRequest[]): number {
    const first = this.#course.number(requests.length);
    for (const r of requests) this.#course.decide({ channel: "kernel", text: question.request(this.namespace, formatRequest(r)) });
    return first;
  }

  #results(first: number, count: number): readonly NetlinkResult[] {
    return Array.from({ length: count }, (_, i) => {
      const failed = this.#course.failure(first + i);
      if (!failed) return undefined;
      const error = errorOf(failed);
      if (error instanceof NetlinkError) return error;
      throw error instanceof NetlinkConnectionError ? error : new NetlinkConnectionError(error.message);
    });
  }
}
