// SPDX-License-Identifier: Apache-2.0
import type { PeerActionReply, PeerQuery, RouteQuery } from "../../contract/inspect.ts";
import { RequestError } from "../errors.ts";
import type { BgpProvider } from "../provider.ts";
import { present, Query } from "./query.ts";
import { sendLines } from "./send-lines.ts";
import type { HttpApp } from "../http-app.ts";

const textKeys = ["type", "network", "rt", "community", "nextHop", "origin", "originator", "family", "after"] as const;
const routeKeys = [...textKeys, "vni", "mac", "ip", "rd", "best", "limit", "stream", "peer", "sentTo"];

function routeQuery(q: Query): RouteQuery {
  const texts = Object.fromEntries(textKeys.map((k) => [k, q.text(k)]));
  const parsed = {
    peer: q.peer("peer"),
    sentTo: q.peer("sentTo"),
    mac: q.mac("mac"),
    ip: q.ipOrPrefix("ip"),
    rd: q.rd("rd"),
    vni: q.number("vni", 0, 0xffffff),
    limit: q.number("limit", 1, q.flag("stream") ? 1_000_000_000 : 100_000),
  };
  return { ...(present({ ...texts, ...parsed }) as RouteQuery), best: q.flag("best") };
}

export function serveBgp(app: HttpApp, bgp: BgpProvider): void {
  app.get("/v1/bgp/peers", (request) => {
    const q = new Query(request.query, ["state", "peer", "asn"]);
    const filter = { state: q.text("state"), peer: q.ipOrPrefix("peer"), asn: q.number("asn", 0, 0xffffffff) };
    return bgp.peers(present(filter) as PeerQuery);
  });
  app.get("/v1/bgp/summary", () => bgp.summary());
  app.get("/v1/bgp/memberships", (request) => {
    const q = new Query(request.query, ["peer"]);
    return bgp.memberships(q.peer("peer"));
  });
  app.get("/v1/bgp/routes", async (request, reply) => {
    const q = new Query(request.query, routeKeys);
    if (!q.flag("stream")) return bgp.routes(routeQuery(q));
    return sendLines(reply, await bgp.routeStream(routeQuery(q)));
  });
  app.get("/v1/bgp/route", (request) => {
    const q = new Query(request.query, ["route", "rd"]);
    const name = q.text("route");
    if (name === undefined) throw new RequestError("WEFT_BAD_REQUEST", "name a route: route=MAC, an address, a prefix or an NLRI");
    return bgp.route(name, q.text("rd"));
  });
  const action = (path: string, run: (peer: string, body: Query) => readonly string[]): void => {
    app.post(path, (request): PeerActionReply => {
      const body = new Query(request.body, ["peer", "message"]);
      const peer = body.peer("peer");
      if (peer === undefined) throw new RequestError("WEFT_BAD_REQUEST", "name a peer by its address, or all");
      return { peers: run(peer, body) };
    });
  };
  action("/v1/bgp/refresh", (peer) => bgp.refresh(peer));
  action("/v1/bgp/enable", (peer) => bgp.enable(peer));
  action("/v1/bgp/shutdown", (peer, body) => {
    const message = body.text("message") ?? "";
    // RFC 9003 §2: the length field is one octet, and 255 is the most it may say.
    if (Buffer.byteLength(message) > 255) throw new RequestError("WEFT_BAD_REQUEST", "the message is longer than 255 octets (RFC 9003)");
    return bgp.shutdown(peer, message);
  });
}
