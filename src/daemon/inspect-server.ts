// SPDX-License-Identifier: Apache-2.0
import { chmodSync } from "node:fs";
import type { Component } from "../base/run/component.ts";
import type { ListenEndpoint } from "../contract/config/load.ts";
import { serveBfd } from "./endpoint/bfd.ts";
import { serveBgp } from "./endpoint/bgp.ts";
import { serveDhcp } from "./endpoint/dhcp.ts";
import { serveEvents } from "./endpoint/events.ts";
import { serveNat } from "./endpoint/nat.ts";
import { serveEvpn, serveKernel } from "./endpoint/evpn.ts";
import { serveHealth, serveProcess } from "./endpoint/process.ts";
import { MetricsListenError, RequestError } from "./errors.ts";
import { HttpApp } from "./http-app.ts";
import type { InspectContext } from "./inspect-context.ts";

/** The endpoints of `src/contract/inspect.ts` on a unix socket that only its owner may open. */
export class InspectServer implements Component {
  readonly #app = new HttpApp();
  readonly #socket: string;

  constructor(socket: string, context: InspectContext) {
    const startedAt = context.clock.now();
    this.#socket = socket;
    serveHealth(this.#app, context, startedAt);
    serveProcess(this.#app, context, startedAt);
    serveEvents(this.#app, context.journal);
    serveBgp(this.#app, context.provider.bgp);
    const { bfd, dhcp, evpn, kernel, nat } = context.provider;
    if (dhcp) serveDhcp(this.#app, dhcp);
    else refuse(this.#app, "/v1/dhcp/", `a ${context.component} serves no workloads; ask an agent, by its --run-dir`);
    if (bfd) serveBfd(this.#app, bfd);
    if (evpn) serveEvpn(this.#app, evpn);
    else refuse(this.#app, "/v1/evpn/", `a ${context.component} has no networks; ask an agent, by its --run-dir`);
    if (nat) serveNat(this.#app, nat);
    else refuse(this.#app, "/v1/nat/", `a ${context.component} translates nothing; ask an agent, by its --run-dir`);
    if (kernel) serveKernel(this.#app, kernel);
    else refuse(this.#app, "/v1/kernel/", `a ${context.component} has no kernel part; ask an agent, by its --run-dir`);
  }

  async start(): Promise<void> {
    await this.#app.listen({ path: this.#socket });
    chmodSync(this.#socket, 0o600);
  }

  async stop(): Promise<void> {
    await this.#app.close();
  }
}

/** `/metrics` and `/health` on TCP, and nothing that tells or changes more. */
export class HealthServer implements Component {
  readonly #app = new HttpApp();
  readonly listen: ListenEndpoint;

  constructor(listen: ListenEndpoint, context: InspectContext) {
    this.listen = listen;
    serveHealth(this.#app, context, context.clock.now());
  }

  /** The port it listens on, also when it was told to take any. */
  get port(): number | undefined {
    const at = this.#app.address();
    return typeof at === "object" ? at?.port : undefined;
  }

  /** @throws MetricsListenError */
  async start(): Promise<void> {
    const { address, port } = this.listen;
    try {
      await this.#app.listen({ host: address, port });
    } catch (cause) {
      throw new MetricsListenError(`${address} port ${port}`, cause);
    }
  }

  async stop(): Promise<void> {
    await this.#app.close();
  }
}

function refuse(app: HttpApp, path: string, why: string): void {
  app.under(path, () => {
    throw new RequestError("WEFT_NOT_FOUND", why);
  });
}
