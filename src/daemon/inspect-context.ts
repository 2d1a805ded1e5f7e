// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../base/run/clock.ts";
import type { ReloadReply, StatusReply } from "../contract/inspect.ts";
import type { EventLog } from "./event-log.ts";
import type { ProblemList } from "./problem-list.ts";
import type { PrometheusMetrics } from "./prometheus.ts";
import type { InspectProvider } from "./provider.ts";

/** Everything the endpoints need. */
export interface InspectContext {
  readonly component: StatusReply["component"];
  readonly version: string;
  readonly clock: Clock;
  readonly journal: EventLog;
  readonly metrics: PrometheusMetrics;
  readonly problems: ProblemList;
  readonly provider: InspectProvider;
  /** Where the process is in its life; `ready` is refined by problems. */
  phase(): "starting" | "ready" | "stopping";
  /** @throws RequestError when the new configuration cannot be used */
  reload(): Promise<ReloadReply>;
}
