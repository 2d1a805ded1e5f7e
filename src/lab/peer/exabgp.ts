// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { type ManagedProcess, startProcess } from "../system/managed-process.ts";
import type { Place } from "../system/place.ts";

export interface ExabgpOptions {
  readonly asn: number;
  readonly routerId: string;
  readonly localAddress: string;
  readonly peers: readonly { readonly address: string; readonly password?: string }[];
  /**
   * Lines of the `static` section. EVPN has no syntax there: a carrier route with raw attributes does it,
   * `route 192.0.2.5/32 next-hop self attribute [ 0x0e 0x80 0x<MP_REACH> ] attribute [ 0x10 0xc0 0x<communities> ];`
   */
  readonly routes?: readonly string[];
  /** Seconds. */
  readonly holdTime?: number;
  /** A file that gets what peers send: one JSON object per line, UPDATEs with their raw bytes. */
  readonly receive?: string;
}

/** Starts ExaBGP, an injector of hand-made routes. The peer has to negotiate ipv4-unicast too for the carrier routes. */
export async function startExabgp(place: Place, options: ExabgpOptions): Promise<ManagedProcess> {
  mkdirSync(place.folder, { recursive: true });
  const file = `${place.folder}/exabgp.conf`;
  writeFileSync(file, exabgpConfig(options));
  return await startProcess(place, "exabgp", ["exabgp", "--root", "/", file], {
    "exabgp.daemon.daemonize": "false",
    "exabgp.daemon.user": "root",
    "exabgp.daemon.drop": "false",
    "exabgp.tcp.bind": "",
    "exabgp.api.cli": "false",
    "exabgp.log.all": "true",
  });
}

export function exabgpConfig(o: ExabgpOptions): string {
  // Not `exec cat`: ExaBGP takes a helper whose standard output is closed for dead, and ends itself after the fifth.
  const receiver = o.receive === undefined ? "" : `process receiver {\n  run /bin/sh -c "cat > ${o.receive}; exit";\n  encoder json;\n}\n`;
  const api =
    o.receive === undefined
      ? ""
      : "  api {\n    processes [ receiver ];\n    neighbor-changes;\n    receive { parsed; update; notification; open; }\n  }\n";
  const neighbours = o.peers.map((p) =>
    [
      `neighbor ${p.address} {`,
      `  router-id ${o.routerId};`,
      `  local-address ${o.localAddress};`,
      `  local-as ${o.asn};`,
      `  peer-as ${o.asn};`,
      `  hold-time ${o.holdTime ?? 90};`,
      ...(p.password === undefined ? [] : [`  md5-password "${p.password}";`]),
      "  family { ipv4 unicast; l2vpn evpn; }",
      ...((o.routes ?? []).length === 0 ? [] : ["  static {", ...o.routes!.map((r) => `    ${r}`), "  }"]),
      `${api}}`,
    ].join("\n"),
  );
  return `${receiver}${neighbours.join("\n")}\n`;
}
