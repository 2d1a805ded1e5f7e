// SPDX-License-Identifier: Apache-2.0
import type { NetworkInterfaceInfo } from "node:os";
import type { Ip } from "../base/net/ip.ts";
import { parsePrefix, prefixContains } from "../base/net/prefix.ts";
import type { WantedSession } from "../bfd/engine/session-key.ts";
import type { PeerPath } from "../bgp/speaker/peer-path.ts";

/** What `os.networkInterfaces()` gives. */
export type Networks = Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, "cidr">[] | undefined>>;

/**
 * The BFD session that watches the way to a peer; undefined: none is wanted.
 * @param networks asked only when the answer depends on it: on a host with thousands of devices it takes long
 */
export function bfdSessionOf(path: PeerPath, localAsn: number, networks: () => Networks): WantedSession | undefined {
  const { local, settings } = path;
  const { address: peer, bfd } = settings;
  if (bfd === undefined) return undefined;
  const multihop = bfd.multihop === "auto" ? mayBeFar(path, localAsn, networks) : bfd.multihop === "always";
  const config = { desiredMinTx: bfd.transmit * 1000, requiredMinRx: bfd.receive * 1000, detectMultiplier: bfd.multiplier };
  return { local, peer, multihop, config };
}

/**
 * Both ends have to come to the same answer by themselves, so this is what FRR does: a peer of our AS is far when it shares no network
 * with us, one of another AS when its session may cross routers.
 */
function mayBeFar({ settings }: PeerPath, localAsn: number, networks: () => Networks): boolean {
  const isExternal = settings.asn !== localAsn && !(Array.isArray(settings.asn) && settings.asn.includes(localAsn));
  if (isExternal) return (settings.multihop ?? 1) > 1;
  return !isConnected(settings.address, networks());
}

function isConnected(peer: Ip, networks: Networks): boolean {
  return Object.values(networks).some((addresses) =>
    addresses?.some(({ cidr }) => {
      const prefix = cidr === null ? undefined : parsePrefix(cidr);
      return prefix !== undefined && prefixContains(prefix, peer);
    }),
  );
}
