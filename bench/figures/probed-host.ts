// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Crowd, CrowdedHost } from "../../test/harness/crowded-host.ts";

export interface ProbedMemory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

/** A crowded host whose agent says from inside how it fares (`agent-probe.ts`). */
export class ProbedHost {
  readonly host: CrowdedHost;
  readonly #socket: string;

  constructor(name: string, crowd: Crowd) {
    this.host = new CrowdedHost(name, crowd);
    this.#socket = path.join(tmpdir(), `${name}-${process.pid}.sock`);
  }

  async start(): Promise<number> {
    const probe = `${import.meta.dirname}/agent-probe.ts`;
    return await this.host.start({ NODE_OPTIONS: `--import=${probe}`, AGENT_PROBE: this.#socket });
  }

  /** The longest time without a turn of the agent's loop since the last call, ms. */
  async longestPause(): Promise<number> {
    return (await this.#ask<{ readonly ms: number }>("pause")).ms;
  }

  /** What the agent has after all its garbage was collected. */
  async memory(): Promise<ProbedMemory> {
    return await this.#ask<ProbedMemory>("memory");
  }

  async #ask<T>(question: string): Promise<T> {
    const text = await new Promise<string>((resolve, reject) => {
      const parts: Buffer[] = [];
      const socket = connect(this.#socket, () => socket.write(question));
      socket.on("data", (part) => parts.push(part));
      socket.on("end", () => resolve(Buffer.concat(parts).toString()));
      socket.on("error", reject);
    });
    return JSON.parse(text) as T;
  }
}
