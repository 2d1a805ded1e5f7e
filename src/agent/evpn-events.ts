// SPDX-License-Identifier: Apache-2.0
import type { Journal } from "../base/run/journal.ts";
import type { Metrics } from "../base/run/metrics.ts";
import type { EvpnEvent } from "../evpn/types.ts";
import * as ev from "./events.ts";

/** What the EVPN tables noticed, for the journal. */
export function reportEvpnEvent(event: EvpnEvent, journal: Journal, metrics: Metrics): void {
  switch (event.kind) {
    case "mac-moved": {
      const { network, mac, from, to, sequence } = event;
      return journal.emit(ev.macMoved, { network, mac, from, to, sequence });
    }
    case "duplicate-detected": {
      const { network, mac, moves, seconds } = event;
      return journal.emit(ev.duplicateDetected, { network, mac, moves, seconds });
    }
    case "duplicate-cleared":
      return journal.emit(ev.duplicateCleared, { network: event.network, mac: event.mac, by: event.by });
    case "duplicate-ip-detected": {
      const { network, ip, mac, moves, seconds } = event;
      return journal.emit(ev.duplicateIpDetected, { network, ip, mac, moves, seconds });
    }
    case "duplicate-ip-cleared":
      return journal.emit(ev.duplicateIpCleared, { network: event.network, ip: event.ip, by: event.by });
    case "sticky-conflict":
      return journal.emit(ev.stickyConflict, { network: event.network, mac: event.mac, vtep: event.vtep });
    case "router-mac-conflict": {
      const { domain, mac, vteps } = event;
      return journal.emit(ev.routerMacConflict, { domain, mac, vteps: vteps.join(" and ") });
    }
    case "route-ignored":
      metrics.add(ev.routesIgnored, {});
      return journal.emit(ev.routeIgnored, { nlri: event.nlri, why: event.why });
  }
}
