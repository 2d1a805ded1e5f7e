// SPDX-License-Identifier: Apache-2.0
import { putIcmp6Checksum } from "../../base/net/icmp6-checksum.ts";
import { type Ip, ipToBytes, isIp4 } from "../../base/net/ip.ts";
import { type Mac, macToBytes } from "../../base/net/mac.ts";
import { SOCK_CLOEXEC, SOCK_RAW, check, libc } from "../../base/sys/libc.ts";
import { inNamespace, namespacePath } from "../../base/sys/namespace.ts";

export interface Announcement {
  readonly namespace: string;
  readonly interface: string;
  readonly mac: Mac;
  readonly ips: readonly Ip[];
}

const AF_PACKET = 17;

/** Sends a gratuitous ARP request per IPv4 address and an unsolicited neighbour advertisement per IPv6 address. */
export function announce(a: Announcement): void {
  const sender = new FrameSender(a.namespace, a.interface);
  try {
    for (const ip of a.ips) sender.send(isIp4(ip) ? gratuitousArp(a.mac, ip) : unsolicitedAdvertisement(a.mac, ip));
  } finally {
    sender.close();
  }
}

/** Sends Ethernet frames out of an interface. To be kept open by who measures: closing takes the kernel an RCU grace period, some 10 ms. */
export class FrameSender {
  readonly #fd: number;
  readonly #interface: string;

  /** @throws SystemCallError */
  constructor(namespace: string, interfaceName: string) {
    this.#interface = interfaceName;
    this.#fd = inNamespace(namespacePath(namespace), () => {
      const fd = check(libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket AF_PACKET");
      try {
        const index = libc.ifNameToIndex(interfaceName);
        if (index === 0) throw new Error(`no interface ${interfaceName} in ${namespace}`);
        check(libc.bind(fd, linkAddress(index), 20), `bind to ${interfaceName}`);
        return fd;
      } catch (e) {
        libc.close(fd);
        throw e;
      }
    });
  }

  /** @throws SystemCallError */
  send(frame: Uint8Array): void {
    check(libc.send(this.#fd, frame, frame.length, 0), `send on ${this.#interface}`);
  }

  close(): void {
    libc.close(this.#fd);
  }
}

/** struct sockaddr_ll; protocol 0: nothing is received. */
function linkAddress(index: number): Uint8Array {
  const b = new Uint8Array(20);
  const v = new DataView(b.buffer);
  v.setUint16(0, AF_PACKET, true);
  v.setInt32(4, index, true);
  return b;
}

/** RFC 5227 §1.1, an ARP Announcement: a request whose sender and target addresses are both ours. */
export function gratuitousArp(mac: Mac, ip: Ip): Uint8Array {
  const b = new Uint8Array(42);
  b.fill(0xff, 0, 6);
  b.set(macToBytes(mac), 6);
  b.set([0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01], 12);
  b.set(macToBytes(mac), 22);
  b.set(ipToBytes(ip), 28);
  b.set(ipToBytes(ip), 38);
  return b;
}

/** RFC 4861 §7.2.6: to all nodes, override flag set, with our link-layer address. */
export function unsolicitedAdvertisement(mac: Mac, ip: Ip): Uint8Array {
  const b = new Uint8Array(86);
  const v = new DataView(b.buffer);
  b.set([0x33, 0x33, 0, 0, 0, 1], 0);
  b.set(macToBytes(mac), 6);
  b.set([0x86, 0xdd, 0x60], 12);
  v.setUint16(18, 32); // payload length
  b.set([58, 255], 20); // ICMPv6, hop limit
  b.set(ipToBytes(ip), 22);
  b.set([0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 38);
  b.set([136, 0, 0, 0, 0x20], 54); // type, code, checksum, override
  b.set(ipToBytes(ip), 62);
  b.set([2, 1], 78); // target link-layer address
  b.set(macToBytes(mac), 80);
  putIcmp6Checksum(b);
  return b;
}
