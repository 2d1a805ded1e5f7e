// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../../base/net/mac.ts";
import type { Link } from "../route/link.ts";
import { FakeNamespace } from "./fake-namespace.ts";

/** One end of a veth. */
interface End {
  readonly ns: FakeNamespace;
  readonly ifindex: number;
}

/** What the namespaces of one fake kernel share: their paths, and the veths between them. */
export class FakeHost {
  readonly namespaces = new Map<string | undefined, FakeNamespace>([[undefined, new FakeNamespace(undefined)]]);
  readonly #peers = new Map<string, End>();
  #macs = 0;

  namespaceAt(path: string): FakeNamespace | undefined {
    // What the process itself is in has no name; this path of it is usual in requests that move a device back.
    return this.namespaces.get(path === "/proc/self/ns/net" ? undefined : path);
  }

  /** Locally administered, never the same twice. */
  randomMac(): Mac {
    const n = ++this.#macs;
    const octet = (v: number): string => (v & 255).toString(16).padStart(2, "0");
    return `0a:fa:ce:${octet(n >> 16)}:${octet(n >> 8)}:${octet(n)}` as Mac;
  }

  /** Makes two links the ends of one veth. */
  join(ns: FakeNamespace, ifindex: number, peer: Link): void {
    const other = [...this.namespaces.values()].find((x) => x.links.get(peer.ifindex) === peer)!;
    this.#peers.set(endKey(ns, ifindex), { ns: other, ifindex: peer.ifindex });
    this.#peers.set(endKey(other, peer.ifindex), { ns, ifindex });
    const own = ns.links.get(ifindex)!;
    ns.putLink({ ...own, linkIfindex: peer.ifindex, ...(other === ns ? {} : { linkNamespaceId: 0 }) });
    other.putLink({ ...peer, linkIfindex: ifindex, ...(other === ns ? {} : { linkNamespaceId: 0 }) });
  }

  peerOf(ns: FakeNamespace, ifindex: number): End | undefined {
    return this.#peers.get(endKey(ns, ifindex));
  }

  /** Forgets a veth of which one end goes away. */
  part(ns: FakeNamespace, ifindex: number): void {
    const other = this.#peers.get(endKey(ns, ifindex));
    this.#peers.delete(endKey(ns, ifindex));
    if (other) this.#peers.delete(endKey(other.ns, other.ifindex));
  }

  /** One end went to another namespace: what it says of its other end, and the other way round, follows. */
  moveEnd(from: FakeNamespace, fromIfindex: number, to: FakeNamespace, toIfindex: number): void {
    const other = this.#peers.get(endKey(from, fromIfindex));
    if (!other) return;
    this.part(from, fromIfindex);
    this.#peers.set(endKey(to, toIfindex), other);
    this.#peers.set(endKey(other.ns, other.ifindex), { ns: to, ifindex: toIfindex });
    for (const [end, peerIndex] of [
      [{ ns: to, ifindex: toIfindex }, other.ifindex],
      [other, toIfindex],
    ] as const) {
      const { linkNamespaceId: _, ...l } = end.ns.links.get(end.ifindex)!;
      end.ns.putLink({ ...l, linkIfindex: peerIndex, ...(other.ns === to ? {} : { linkNamespaceId: 0 }) });
    }
  }
}

function endKey(ns: FakeNamespace, ifindex: number): string {
  return `${ns.path ?? ""} ${ifindex}`;
}
