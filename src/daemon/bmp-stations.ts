// SPDX-License-Identifier: Apache-2.0
import { ipToBytes } from "../base/net/ip.ts";
import type { Speaker } from "../bgp/speaker/speaker.ts";
import type { StationConfig } from "../bmp/station/config.ts";
import { BmpExporter } from "../bmp/station/exporter.ts";
import type { BgpConfig } from "../contract/config/load.ts";
import type { DaemonContext } from "./daemon.ts";

const mebibyte = 1 << 20;

/** The monitoring stations of a file as the exporter wants them. */
export function stationConfigs(bgp: BgpConfig): readonly StationConfig[] {
  return bgp.bmp.map(({ queue, ...rest }) => ({ ...rest, queue: queue * mebibyte }));
}

/** Tells the stations of a configuration what a speaker does. */
export function bmpStations(
  speaker: Speaker,
  host: string,
  bgp: BgpConfig,
  { clock, journal, metrics, version }: Pick<DaemonContext, "clock" | "journal" | "metrics" | "version">,
): BmpExporter {
  const identifier = new DataView(ipToBytes(bgp.routerId).buffer).getUint32(0);
  return new BmpExporter(stationConfigs(bgp), {
    speaker,
    clock,
    journal,
    metrics,
    asn: bgp.asn,
    identifier,
    name: host,
    version,
    namespace: undefined,
  });
}
