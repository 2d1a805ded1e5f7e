// SPDX-License-Identifier: Apache-2.0
import { eventKind } from "../base/run/journal.ts";
import { counter, gauge } from "../base/run/metrics.ts";

export const stationConnected = eventKind<{ station: string }>(
  "bmp.connected",
  "info",
  (f) => `monitoring station ${f.station} is connected and gets all from the beginning`,
);
export const stationLost = eventKind<{ station: string; reason: string; retry: number }>(
  "bmp.disconnected",
  "warn",
  (f) => `monitoring station ${f.station} is gone: ${f.reason}; tried again in ${f.retry} s`,
);
export const stationBehind = eventKind<{ station: string; what: string }>(
  "bmp.station-behind",
  "warn",
  (f) => `monitoring station ${f.station} does not keep up: ${f.what}; it gets all anew after a new connection`,
);

export const stationUp = gauge("weft_bmp_station_connected", "1 while the monitoring station is connected", ["station"]);
export const stationMessages = counter("weft_bmp_messages_sent_total", "BMP messages handed to TCP", ["station"]);
export const stationOctets = counter("weft_bmp_sent_bytes_total", "Octets handed to TCP for the monitoring station", ["station"]);
export const stationQueued = gauge("weft_bmp_queued_bytes", "Octets that wait for the monitoring station to read", ["station"]);
export const stationWaiting = gauge("weft_bmp_changes_waiting", "Changed routes that the monitoring station has yet to hear of", [
  "station",
]);
export const stationResyncs = counter(
  "weft_bmp_resyncs_total",
  "Times that all that waited was dropped and the connection ended, because the monitoring station did not keep up; by what was full",
  ["station", "limit"],
);
