// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { formatPrefix } from "../../base/net/prefix.ts";
import type { BgpSection } from "./bgp-schema.ts";
import { checkPeerPolicy, checkPolicies } from "./check-policy.ts";
import { checkUnique } from "./check-unique.ts";
import type { ConfigPath } from "./problem.ts";
import type { Complain } from "./read-file.ts";

type Session = BgpSection["peers"][number] | BgpSection["dynamicPeers"][number];

/** What must hold within the `bgp` section beyond the form of its keys. */
export function checkBgp(bgp: BgpSection, complain: Complain): void {
  checkUnique(
    bgp.peers,
    (p) => p.address,
    "peer",
    (i) => ["bgp", "peers", i, "address"],
    complain,
  );
  checkUnique(
    bgp.dynamicPeers,
    (p) => formatPrefix(p.range),
    "range",
    (i) => ["bgp", "dynamicPeers", i, "range"],
    complain,
  );
  checkPolicies(bgp, complain);
  checkStations(bgp, complain);
  checkHoldTime(bgp.timers.hold, ["bgp", "timers", "hold"], complain);
  if (bgp.timers.keepalive !== undefined && bgp.timers.hold !== 0 && bgp.timers.keepalive >= bgp.timers.hold) {
    const path = ["bgp", "timers", "keepalive"];
    complain("WEFT_CONFIG_CONFLICT", path, `${bgp.timers.keepalive} is not below the hold time`, `less than ${bgp.timers.hold} seconds`);
  }
  bgp.peers.forEach((peer, i) => {
    const path = ["bgp", "peers", i];
    checkSession(bgp, peer, path, complain);
    if (peer.localAddress !== undefined && isIp4(peer.localAddress) !== isIp4(peer.address)) {
      complain(
        "WEFT_CONFIG_CONFLICT",
        [...path, "localAddress"],
        `${peer.localAddress} is of another family than the peer ${peer.address}`,
      );
    }
    if (peer.passive && bgp.listen?.length === 0) {
      const wrong = "the peer is to connect to us, but `bgp.listen` is empty";
      complain("WEFT_CONFIG_CONFLICT", [...path, "passive"], wrong, "", "add an address to `bgp.listen`");
    }
  });
  bgp.dynamicPeers.forEach((peers, i) => {
    checkSession(bgp, peers, ["bgp", "dynamicPeers", i], complain);
    if (bgp.listen?.length === 0) {
      const wrong = "peers of a range connect to us, but `bgp.listen` is empty";
      complain("WEFT_CONFIG_CONFLICT", ["bgp", "dynamicPeers", i, "range"], wrong, "", "add an address to `bgp.listen`");
    }
  });
}

function checkStations(bgp: BgpSection, complain: Complain): void {
  checkUnique(
    bgp.bmp,
    (s) => `${s.address} port ${s.port}`,
    "monitoring station",
    (i) => ["bgp", "bmp", i, "address"],
    complain,
  );
  bgp.bmp.forEach((s, i) => {
    if (s.tables.length === 0)
      complain("WEFT_CONFIG_VALUE", ["bgp", "bmp", i, "tables"], "is empty", "a station is told of at least one table", "add loc-rib");
    if (s.localAddress !== undefined && isIp4(s.localAddress) !== isIp4(s.address)) {
      const wrong = `${s.localAddress} is of another family than the station ${s.address}`;
      complain("WEFT_CONFIG_CONFLICT", ["bgp", "bmp", i, "localAddress"], wrong);
    }
  });
}

/** RFC 4271 §4.2: a hold time is 0 or at least 3 seconds. */
function checkHoldTime(seconds: number | undefined, path: ConfigPath, complain: Complain): void {
  if (seconds !== 1 && seconds !== 2) return;
  complain("WEFT_CONFIG_VALUE", path, `a hold time of ${seconds} s does not exist in BGP`, "allowed: 0, or 3 to 65535 seconds");
}

function checkSession(bgp: BgpSection, session: Session, path: ConfigPath, complain: Complain): void {
  checkHoldTime(session.holdTime, [...path, "holdTime"], complain);
  checkPeerPolicy(bgp, session, path, complain);
  checkUnique(
    session.families,
    (f) => f,
    "family",
    (i) => [...path, "families", i],
    complain,
  );
  if (session.families.length === 0) {
    complain("WEFT_CONFIG_VALUE", [...path, "families"], "is empty", "a session needs at least one family", "add l2vpn-evpn");
  }
  if (session.client && bgp.reflector === undefined) {
    const mend = "add `bgp.reflector: {}` or drop `client`";
    complain("WEFT_CONFIG_CONFLICT", [...path, "client"], "only a reflector has clients, and `bgp.reflector` is absent", "", mend);
  }
  if (typeof session.asn === "object" && session.asn.length === 0) {
    complain("WEFT_CONFIG_VALUE", [...path, "asn"], "is empty", "a session needs at least one AS number", "add one, or write external");
  }
  if (session.client && session.asn !== bgp.asn) {
    const wrong = `AS ${String(session.asn).replaceAll(",", ", ")} cannot be a client: reflection is within one AS, and ours is ${bgp.asn}`;
    complain("WEFT_CONFIG_CONFLICT", [...path, "client"], wrong);
  }
  if (session.ttlSecurity !== undefined && session.multihop !== undefined) {
    complain(
      "WEFT_CONFIG_CONFLICT",
      [...path, "multihop"],
      "cannot stand beside `ttlSecurity`, which sends with TTL 255",
      "",
      "drop one of them",
    );
  }
}
