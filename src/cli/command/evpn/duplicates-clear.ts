// SPDX-License-Identifier: Apache-2.0
import type { ClearReply } from "../../../contract/inspect.ts";
import { parseMac } from "../../../base/net/mac.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { macOrIpOption } from "../../parse-option.ts";
import { print, printValue } from "../../render/output.ts";

interface ClearOptions extends InspectOptions {
  readonly network?: string;
}

export const duplicatesClearCommand = command<ClearOptions>({
  details: "Without an address all of them, or all of a network. Exit status 1 when none was in quarantine.",
  examples: [
    ["weft evpn duplicates clear 02:00:00:00:01:0a --network web", "let this MAC out of quarantine and start counting anew"],
    ["weft evpn duplicates clear 10.1.1.11", "the same for an IP, in all networks"],
  ],
  configure(c) {
    addInspectOptions(c);
    c.argument("[mac-or-ip]", "MAC address, IPv4 or IPv6 address", macOrIpOption);
    c.option("--network <name>", "only in this network");
  },
  async run({ args, options }) {
    const body = {
      ...(args[0] === undefined ? {} : parseMac(args[0]) ? { mac: args[0] } : { ip: args[0] }),
      ...(options.network === undefined ? {} : { network: options.network }),
    };
    const reply = await new Client(options.runDir).post<ClearReply>("/v1/evpn/duplicates/clear", body);
    if (options.output === "table") print(`${reply.cleared} cleared`);
    else await printValue(reply, options.output);
    return reply.cleared > 0 ? exitStatus.ok : exitStatus.failed;
  },
});
