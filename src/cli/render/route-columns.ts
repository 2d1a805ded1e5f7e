// SPDX-License-Identifier: Apache-2.0
import type { RouteRow } from "../../contract/inspect.ts";
import type { Column } from "./table.ts";

/** Columns of `weft bgp routes`; scripts may count on their order. */
export const routeColumns: readonly Column<RouteRow>[] = [
  {
    title: "",
    text: (r) => `${r.best ? "*" : " "}${r.stale ? "S" : ""}`,
    colour: (r) => (r.stale ? "yellow" : "green"),
  },
  { title: "RD", text: (r) => r.rd },
  { title: "ROUTE", text: (r) => r.route },
  { title: "NEXT HOP", text: (r) => r.nextHop },
  { title: "FROM", text: (r) => r.peer },
  { title: "LABEL", text: (r) => r.labels.join(",") || "-", align: "right" },
  { title: "AS PATH", text: (r) => r.asPath || "-" },
  { title: "RT", text: (r) => r.routeTargets.join(" ") },
  { title: "COMMUNITIES", text: (r) => r.communities.join(" ") },
];

/** With `-o wide`. */
export const wideRouteColumns: readonly Column<RouteRow>[] = [
  ...routeColumns.slice(0, -2),
  { title: "LOCAL PREF", text: (r) => String(r.localPref ?? "-"), align: "right" },
  { title: "FAMILY", text: (r) => r.family },
  ...routeColumns.slice(-2),
];
