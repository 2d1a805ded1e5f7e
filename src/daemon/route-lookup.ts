// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../base/bytes/hex.ts";
import { parseIp } from "../base/net/ip.ts";
import { rdKey } from "../bgp/rib/key-pattern.ts";
import type { Rib } from "../bgp/rib/rib.ts";
import type { RouteEntry, RouteFilter } from "../bgp/rib/route-query.ts";
import { parseRd } from "../base/net/rd.ts";
import type { PathDetail, RouteDetailRow, RouteQuery, RouteRow, RoutesReply } from "../contract/inspect.ts";
import { RequestError } from "./errors.ts";
import { LongestPrefix } from "./longest-prefix.ts";
import { routeFilter } from "./route-filter.ts";
import { namedRoute } from "./route-name.ts";
import { attributeLines, routeRow } from "./route-row.ts";
import { Slices } from "../base/run/slices.ts";

/** Rows of a page when the request names no limit. */
const defaultLimit = 1_000;
/** Routes that one name may stand for. */
const mostDetails = 100;
const prefixRoute = 5;

export interface RouteLookupOptions {
  readonly rib: Rib;
  /** Import targets of a network by its name; undefined when there is none of that name. */
  readonly importTargets: (network: string) => readonly string[] | undefined;
  /** Whether there is such a peer. */
  readonly hasPeer: (peer: string) => boolean;
}

/** Questions about routes, each looked up in slices. */
export class RouteLookup {
  readonly #options: RouteLookupOptions;
  readonly #slices = new Slices();

  constructor(options: RouteLookupOptions) {
    this.#options = options;
  }

  /** @throws RequestError */
  async page(query: RouteQuery): Promise<RoutesReply> {
    const limit = query.limit ?? defaultLimit;
    const filter = await this.#filter(query);
    const rows: RouteRow[] = [];
    let after: number | undefined = this.#position(query.after);
    while (rows.length < limit && after !== undefined)
      after = await this.#slice(filter, after, limit - rows.length, (entry) => void rows.push(routeRow(entry)));
    return { rows, next: after === undefined ? null : String(after) };
  }

  /**
   * Rows as NDJSON, a piece per slice, made only when the one before was taken.
   * @throws RequestError, before the first piece
   */
  async stream(query: RouteQuery): Promise<AsyncIterable<string>> {
    const filter = await this.#filter(query);
    return this.#pieces(filter, this.#position(query.after), query.limit ?? Number.POSITIVE_INFINITY);
  }

  /** @throws RequestError */
  async detail(name: string, rd: string | undefined): Promise<readonly RouteDetailRow[]> {
    const filter = await this.#withRd(namedRoute(name), name, rd);
    const routes: RouteDetailRow[] = [];
    let after: number | undefined = 0;
    while (after !== undefined && routes.length < mostDetails) {
      const found: RouteEntry[] = [];
      after = await this.#slice(filter, after, mostDetails - routes.length, (entry) => void found.push(entry));
      // In the same turn: the table has not changed since.
      for (const entries of Map.groupBy(found, (e) => e.record).values()) {
        const row = this.#detailRow(entries);
        if (row) routes.push(row);
      }
    }
    return routes;
  }

  async *#pieces(filter: RouteFilter, from: number, limit: number): AsyncGenerator<string> {
    let left = limit;
    let after: number | undefined = from;
    while (after !== undefined && left > 0) {
      const rows: string[] = [];
      after = await this.#slice(filter, after, left, (entry) => void rows.push(JSON.stringify(routeRow(entry))));
      // The paths of one route come together and may be more than are wanted.
      if (rows.length > 0) yield `${rows.slice(0, left).join("\n")}\n`;
      left -= rows.length;
    }
  }

  /** One slice of a scan. @returns where to go on */
  #slice(filter: RouteFilter, from: number, limit: number, visit: (entry: RouteEntry) => void): Promise<number | undefined> {
    return this.#slices.run((goOn) => {
      let given = 0;
      const take = (entry: RouteEntry): void => {
        given++;
        visit(entry);
      };
      return this.#options.rib.scanRoutes(filter, from, take, () => given < limit && goOn());
    });
  }

  async #filter(query: RouteQuery): Promise<RouteFilter> {
    const { sentTo } = query;
    if (sentTo !== undefined && !this.#options.hasPeer(sentTo)) throw new RequestError("WEFT_NOT_FOUND", `there is no peer ${sentTo}`);
    const filter = routeFilter(query, this.#options.importTargets);
    return query.ip !== undefined && parseIp(query.ip) !== undefined ? await this.#withLongest(filter) : filter;
  }

  /** Looks at all prefixes that hold the address before any is given. */
  async #withLongest(filter: RouteFilter): Promise<RouteFilter> {
    const type = filter.type ?? prefixRoute;
    if (type !== prefixRoute) return filter;
    const longest = new LongestPrefix();
    let after: number | undefined = 0;
    while (after !== undefined)
      after = await this.#slice({ ...filter, type }, after, Number.POSITIVE_INFINITY, (entry) => longest.see(entry));
    return { ...filter, match: (entry) => filter.match?.(entry) !== false && longest.keeps(entry) };
  }

  async #withRd(filter: RouteFilter, name: string, rd: string | undefined): Promise<RouteFilter> {
    if (rd === undefined) return parseIp(name) === undefined ? filter : await this.#withLongest(filter);
    const parsed = parseRd(rd);
    if (parsed === undefined) throw new RequestError("WEFT_BAD_REQUEST", `rd=${rd} is not a route distinguisher`);
    return { ...filter, keys: [...(filter.keys ?? []), [rdKey(parsed)]] };
  }

  #detailRow(entries: readonly RouteEntry[]): RouteDetailRow | undefined {
    const detail = this.#options.rib.explainRoute(entries[0]!.record);
    if (!detail) return undefined;
    const paths = entries.map((entry, i): PathDetail => {
      const defeat = detail.defeats[i];
      const lost = defeat ? { step: defeat.step.step, name: defeat.step.name, to: entries[defeat.to]!.fromName } : null;
      return { ...routeRow(entry), attributes: attributeLines(entry.attributes), lost };
    });
    const { family, route, rd } = paths[0]!;
    const withheld = Map.groupBy(detail.audience, (a) => a.withheld);
    const sentTo = (withheld.get(undefined) ?? []).map((a) => a.peer);
    withheld.delete(undefined);
    const notSentTo = Array.from(withheld, ([reason, audience]) => ({ reason: reason!, peers: audience.map((a) => a.peer) }));
    return { family, route, rd, nlri: toHex(entries[0]!.nlri), paths, sentTo, notSentTo };
  }

  /** @throws RequestError */
  #position(after: string | undefined): number {
    if (after === undefined) return 0;
    const at = /^\d{1,10}$/.test(after) ? Number(after) : Number.NaN;
    if (this.#options.rib.isRoutePosition(at)) return at;
    throw new RequestError("WEFT_BAD_REQUEST", `after=${after} is not what an earlier reply of this process gave as next`);
  }
}
