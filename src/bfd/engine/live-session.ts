// SPDX-License-Identifier: Apache-2.0
import { diagnosticName } from "../packet/diagnostic.ts";
import type { DownCause } from "../session/action.ts";
import type { SessionConfig } from "../session/config.ts";
import type { SessionState } from "../session/state.ts";
import { detectionTime, transmitInterval } from "../session/timing.ts";
import type { SessionRow } from "./notice.ts";
import type { Endpoints, WantedSession } from "./session-key.ts";

/** A session with what the engine keeps beside its machine. */
export class LiveSession {
  readonly key: string;
  readonly endpoints: Endpoints;
  config: SessionConfig;
  state: SessionState;
  /** ms */
  stateSince: number;
  /** When the engine's queue brings it next, ms. */
  planned = Infinity;
  lastPacket: Uint8Array | undefined;
  packetsIn = 0;
  packetsOut = 0;
  ups = 0;
  downs = 0;
  lastDown: DownCause | undefined;

  constructor(key: string, wanted: WantedSession, state: SessionState, now: number) {
    this.key = key;
    this.endpoints = wanted;
    this.config = wanted.config;
    this.state = state;
    this.stateSince = now;
  }

  row(now: number): SessionRow {
    const { config, endpoints, state } = this;
    const { remote } = state;
    return {
      key: this.key,
      local: endpoints.local,
      peer: endpoints.peer,
      multihop: endpoints.multihop,
      state: state.state,
      since: (now - this.stateSince) / 1000,
      diagnostic: diagnosticName(state.diagnostic),
      localDiscriminator: state.localDiscriminator,
      remoteDiscriminator: remote?.discriminator ?? 0,
      remoteState: remote?.state ?? null,
      remoteDiagnostic: remote === undefined ? null : diagnosticName(remote.diagnostic),
      transmit: config.desiredMinTx / 1000,
      receive: config.requiredMinRx / 1000,
      multiplier: config.detectMultiplier,
      remoteTransmit: remote === undefined ? null : remote.desiredMinTx / 1000,
      remoteReceive: remote === undefined ? null : remote.requiredMinRx / 1000,
      remoteMultiplier: remote?.detectMultiplier ?? null,
      interval: transmitInterval(state) / 1000,
      detectionTime: remote === undefined ? null : detectionTime(state) / 1000,
      packetsIn: this.packetsIn,
      packetsOut: this.packetsOut,
      ups: this.ups,
      downs: this.downs,
      lastDown: this.lastDown ?? null,
    };
  }
}
