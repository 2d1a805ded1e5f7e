// SPDX-License-Identifier: Apache-2.0
import { formatRequest, type NetlinkObject, type NetlinkObjects, type NetlinkRequest } from "../netlink/route/request.ts";
import type { DumpFilters } from "../netlink/route/dump.ts";
import type {
  ExecuteOptions,
  NetlinkConn,
  NetlinkResult,
  SlicedDumpOptions,
  Subscription,
  SubscriptionHandlers,
} from "../netlink/socket/conn.ts";
import * as question from "./question.ts";
import type { Recorder } from "./recorder.ts";

/** Makes, lists and removes namespaces by name. */
export interface Namespaces {
  list(): readonly string[];
  create(name: string): void;
  remove(name: string): void;
}

export interface Sysctls {
  read(ns: string, name: string): string | undefined;
  write(ns: string, name: string, value: string): void;
  noted?(): readonly string[];
  note?(name: string, was: string, is: string): void;
  restore?(name: string): void;
}

export interface Rulesets<T extends RecordedTable = RecordedTable> {
  state(ns: string, table: RecordedTable): string | undefined;
  write(ns: string, table: T): void;
  remove(ns: string, table: RecordedTable): void;
  watch?(ns: string, onChange: (tables: readonly string[] | null) => void): { close(): void };
}

/** As far as a recording names it. */
export interface RecordedTable {
  readonly family: string;
  readonly name: string;
}

type Connect = (namespace: string | undefined) => NetlinkConn;

/** Connections that have everything noted that passes them. */
export function recordConnect(connect: Connect, recorder: Recorder): Connect {
  return (namespace) => {
    const ask = question.connect(namespace);
    return asked(
      recorder,
      ask,
      () => new RecordedConnection(connect(namespace), recorder),
      () => true,
    );
  };
}

export function recordNamespaces(namespaces: Namespaces, recorder: Recorder): Namespaces {
  return {
    list: () =>
      asked(
        recorder,
        question.namespaces,
        () => namespaces.list(),
        (names) => names,
      ),
    create: (name) => done(recorder, question.createNamespace(name), () => namespaces.create(name)),
    remove: (name) => done(recorder, question.removeNamespace(name), () => namespaces.remove(name)),
  };
}

export function recordSysctls(sysctls: Sysctls, recorder: Recorder): Sysctls {
  return {
    ...sysctls,
    noted: () =>
      asked(
        recorder,
        question.notedSysctls,
        () => sysctls.noted?.() ?? [],
        (names) => names,
      ),
    restore: (name) => done(recorder, question.restoreSysctl(name), () => sysctls.restore?.(name)),
    read: (ns, name) =>
      asked(
        recorder,
        question.sysctl(ns, name),
        () => sysctls.read(ns, name),
        (value) => value ?? null,
      ),
    write: (ns, name, value) => done(recorder, question.writeSysctl(ns, name, value), () => sysctls.write(ns, name, value)),
  };
}

export function recordRulesets<T extends RecordedTable>(rulesets: Rulesets<T>, recorder: Recorder): Rulesets<T> {
  return {
    state: (ns, table) =>
      asked(
        recorder,
        question.ruleset(ns, `${table.family} ${table.name}`),
        () => rulesets.state(ns, table),
        (state) => state ?? null,
      ),
    write: (ns, table) => done(recorder, question.writeRuleset(ns, `${table.family} ${table.name}`), () => rulesets.write(ns, table)),
    remove: (ns, table) => done(recorder, question.removeRuleset(ns, `${table.family} ${table.name}`), () => rulesets.remove(ns, table)),
    watch: (ns, onChange) => {
      const noted = (tables: readonly string[] | null): void => {
        recorder.input({ in: "tables", ns, tables });
        onChange(tables);
      };
      return rulesets.watch?.(ns, noted) ?? { close: () => undefined };
    },
  };
}

/** Runs a question and notes its answer, in the form of `keep`. */
function asked<T>(recorder: Recorder, ask: string, run: () => T, keep: (answer: T) => unknown): T {
  let answer: T;
  try {
    answer = run();
  } catch (e) {
    recorder.refusal(ask, e);
    throw e;
  }
  recorder.answer(ask, keep(answer));
  return answer;
}

function done(recorder: Recorder, text: string, run: () => void): void {
  const first = recorder.kernel(1, () => [text]);
  try {
    run();
  } catch (e) {
    recorder.executed(first, [e]);
    throw e;
  }
  recorder.executed(first, [undefined]);
}

class RecordedConnection implements NetlinkConn {
  readonly #inner: NetlinkConn;
  readonly #recorder: Recorder;

  constructor(inner: NetlinkConn, recorder: Recorder) {
    this.#inner = inner;
    this.#recorder = recorder;
  }

  get namespace(): string | undefined {
    return this.#inner.namespace;
  }

  execute(requests: readonly NetlinkRequest[], options?: ExecuteOptions): readonly NetlinkResult[] {
    const first = this.#decided(requests);
    try {
      const results = this.#inner.execute(requests, options);
      this.#recorder.executed(first, results);
      return results;
    } catch (e) {
      this.#broken(first, requests, e);
      throw e;
    }
  }

  async executeInSlices(requests: readonly NetlinkRequest[], sliceMs?: number): Promise<readonly NetlinkResult[]> {
    const first = this.#decided(requests);
    try {
      const results = await this.#inner.executeInSlices(requests, sliceMs);
      this.#recorder.executed(first, results);
      return results;
    } catch (e) {
      this.#broken(first, requests, e);
      throw e;
    }
  }

  run(...requests: readonly NetlinkRequest[]): void {
    const failure = this.execute(requests).find((r) => r !== undefined);
    if (failure) throw failure;
  }

  dump<K extends NetlinkObject>(object: K, filter?: DumpFilters[K]): readonly NetlinkObjects[K][] {
    const ask = question.dump(this.namespace, object, filter);
    let rows: readonly NetlinkObjects[K][];
    try {
      rows = filter === undefined ? this.#inner.dump(object) : this.#inner.dump(object, filter);
    } catch (e) {
      this.#recorder.refusal(ask, e);
      throw e;
    }
    this.#recorder.rows(ask, rows);
    return rows;
  }

  async *dumpInSlices<K extends NetlinkObject>(
    object: K,
    filter?: DumpFilters[K],
    { sliceMs }: SlicedDumpOptions = {},
  ): AsyncGenerator<readonly NetlinkObjects[K][]> {
    const notes = this.#recorder.slicedDump(question.dump(this.namespace, object, filter));
    try {
      // All of it: a recording has what the kernel said, not what was known of it.
      for await (const part of this.#inner.dumpInSlices(object, filter, sliceMs === undefined ? {} : { sliceMs })) {
        notes.part(part);
        yield part;
      }
    } catch (e) {
      notes.fail(e);
      throw e;
    }
    notes.end();
  }

  subscribe(objects: readonly NetlinkObject[], handlers: SubscriptionHandlers): Subscription {
    const ns = this.namespace ?? null;
    return this.#inner.subscribe(objects, {
      onEvents: (list) => {
        this.#recorder.input({ in: "events", ns, list });
        handlers.onEvents(list);
      },
      onOverrun: (reason) => {
        this.#recorder.input({ in: "overrun", ns, reason });
        handlers.onOverrun(reason);
      },
    });
  }

  close(): void {
    this.#inner.close();
  }

  /** The connection failed: nobody knows which of them the kernel did. */
  #broken(first: number, requests: readonly NetlinkRequest[], e: unknown): void {
    this.#recorder.executed(
      first,
      requests.map(() => e),
    );
  }

  #decided(requests: readonly NetlinkRequest[]): number {
    return this.#recorder.kernel(requests.length, () => requests.map((r) => question.request(this.namespace, formatRequest(r))));
  }
}
