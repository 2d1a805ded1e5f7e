// SPDX-License-Identifier: Apache-2.0
import type { MembershipRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { ipOption } from "../../parse-option.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";

const columns: readonly Column<MembershipRow>[] = [
  { title: "ROUTE TARGET", text: (m) => m.target },
  { title: "ORIGIN AS", text: (m) => (m.originAs === null ? "-" : String(m.originAs)), align: "right" },
  numberColumn("PEERS", (m) => m.count),
  { title: "ASKED FOR BY", text: (m) => `${m.askedBy.join(" ")}${m.count > m.askedBy.length ? " …" : ""}` },
];

interface MembershipsOptions extends InspectOptions {
  readonly peer?: string;
}

export const membershipsCommand = command<MembershipsOptions>({
  details:
    "Route target constraint (RFC 4684): which route targets are asked for, and by whom; `default` is everything, `local` this daemon. A peer\n" +
    "that is not named here and has the family rt-constrain gets no routes; one without the family gets all.",
  examples: [
    ["weft bgp memberships", "every route target that somebody asks for"],
    ["weft bgp memberships --peer 10.0.0.1", "what one peer asks for"],
  ],
  configure(c) {
    addInspectOptions(c);
    c.option("--peer <address>", "only what this peer asks for", ipOption);
  },
  async run({ options }) {
    const query = options.peer === undefined ? "" : `?peer=${encodeURIComponent(options.peer)}`;
    const rows = await new Client(options.runDir).get<readonly MembershipRow[]>(`/v1/bgp/memberships${query}`);
    const nothing = options.peer === undefined ? "nobody asks for route targets" : `${options.peer} asks for no route target`;
    await printRows(rows, columns, options.output, nothing);
    return exitStatus.ok;
  },
});
