// SPDX-License-Identifier: Apache-2.0
/**
 * A daemon without work, for tests of the runner: `node fake-daemon.ts RUN-DIR FILE`. FILE holds one word:
 * `run`, `crash` (a fault after it is ready), `reject` (a promise that nobody waits for), `fail` (it says so itself), `broken` (a
 * fault, and nothing can be asked of it any more), `refuse` (start fails), `slow` (start never ends).
 */
import { readFileSync } from "node:fs";
import type { Daemon, DaemonConfig } from "../daemon.ts";
import type { InspectProvider } from "../provider.ts";
import { runDaemon } from "../run-daemon.ts";

interface FakeConfig extends DaemonConfig {
  readonly word: string;
  readonly password: string;
}

const nothing = (): readonly string[] => [];
const inspect: { -readonly [K in keyof InspectProvider]: InspectProvider[K] } = {
  status: () => ({ host: "fake", asn: 1, routerId: "1.1.1.1", peers: { configured: 0, established: 0 }, routes: 0, ready: true }),
  bgp: {
    peers: () => Promise.resolve([]),
    memberships: () => Promise.resolve([]),
    summary: () => ({
      asn: 1,
      routerId: "1.1.1.1",
      clusterId: null,
      peers: { configured: 0, dynamic: 0, established: 0, states: {} },
      families: [],
      attributeSets: 0,
      memory: 0,
    }),
    routes: () => Promise.resolve({ rows: [], next: null }),
    routeStream: () => Promise.reject(new Error("no routes")),
    route: () => Promise.resolve([]),
    refresh: nothing,
    shutdown: nothing,
    enable: nothing,
  },
};

class FakeDaemon implements Daemon<FakeConfig> {
  readonly inspect = inspect;
  #word: string;
  readonly #fail: (error: unknown) => void;
  #work: NodeJS.Timeout | undefined;

  constructor(config: FakeConfig, fail: (error: unknown) => void) {
    this.#word = config.word;
    this.#fail = fail;
  }

  start(): Promise<void> {
    this.#work = setInterval(() => undefined, 1_000);
    if (this.#word === "refuse") return Promise.reject(new RangeError("there is no way to start"));
    if (this.#word === "slow") return new Promise(() => undefined);
    if (this.#word === "crash") setTimeout(() => JSON.parse("{") as unknown, 20);
    if (this.#word === "fail") setTimeout(() => this.#fail(new Error("no way on")), 20);
    if (this.#word === "broken") {
      setTimeout(() => {
        inspect.status = () => JSON.parse("[") as never;
        throw "a string";
      }, 20);
    }
    if (this.#word === "reject") setTimeout(() => void Promise.reject(new Error("nobody waits")), 20);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    clearInterval(this.#work);
    process.stdout.write("stopped\n");
    return Promise.resolve();
  }

  reconfigure(config: FakeConfig): Promise<readonly string[]> {
    const before = this.#word;
    this.#word = config.word;
    return Promise.resolve(before === config.word ? [] : [`${before} becomes ${config.word}`]);
  }
}

const [runDirectory, configFile] = process.argv.slice(2) as [string, string];
await runDaemon(
  {
    component: "reflector",
    load: (file) => ({ word: readFileSync(file, "utf8").trim(), password: "s3cret", log: { level: "info", format: "json" } }),
    build: (config: FakeConfig, context) => new FakeDaemon(config, context.fail),
  },
  { configFile, runDirectory, version: "0.0.0", verbose: false, record: process.env["RECORD"] },
);
