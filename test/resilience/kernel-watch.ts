// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../../src/base/net/mac.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { type FdbEntry, formatFdbEntry } from "../../src/netlink/route/fdb.ts";
import type { Link } from "../../src/netlink/route/link.ts";
import { formatNeighbour, type Neighbour } from "../../src/netlink/route/neighbour.ts";
import { NTF_EXT_LEARNED, NUD_NOARP } from "../../src/netlink/route/neighbour-flags.ts";
import type { NetlinkEvent } from "../../src/netlink/route/request.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { command } from "../../src/lab/system/command.ts";

/**
 * What the kernel of a host tells about Weft's devices (`br…`, `vx…`) and entries (`extern_learn`), for as long as it is watched: the
 * same events as `ip monitor` and `bridge monitor` print. An event about a device counts when something about it is different: a bridge
 * tells of its ports also when one of its own timers runs out. So does an event about a neighbour of a workload that is here, whose states
 * (reachable, stale, …) are the kernel's: another MAC counts, or that it is gone.
 */
export class KernelWatch {
  /** One line per change, in the kernel's order; deletions begin with `Deleted`. */
  readonly lines: string[] = [];
  readonly #place: Place;
  readonly #conn: NetlinkConnection;
  readonly #links = new Map<number, string>();
  readonly #names = new Map<number, string>();
  /** Of neighbours that the kernel resolves and keeps: their MAC. */
  readonly #kept = new Map<string, Mac | undefined>();
  #lost: string | undefined;
  #marks = 0;

  constructor(place: Place) {
    this.#place = place;
    this.#conn = new NetlinkConnection({ namespace: namespacePath(place.namespace) });
    this.#conn.subscribe(["link", "fdb", "neighbour"], {
      onEvents: (events) => events.forEach((e) => this.#take(e)),
      onOverrun: (reason) => (this.#lost = reason),
    });
    for (const link of this.#conn.dump("link")) this.#keep(link);
    for (const n of this.#conn.dump("neighbour")) if (isKept(n)) this.#kept.set(`${n.ifindex} ${n.ip}`, n.mac);
  }

  /** What changed until now: a last change of our own is waited for, so that nothing is still on its way. @throws when events were lost */
  async stop(): Promise<readonly string[]> {
    await command(["ip", "-n", this.#place.namespace, "link", "add", mark, "type", "bridge"]);
    await command(["ip", "-n", this.#place.namespace, "link", "del", mark]);
    await waitFor("the last event", () => this.#marks > 0, { every: 10 });
    this[Symbol.dispose]();
    if (this.#lost !== undefined) throw new Error(`events of ${this.#place.namespace} were lost: ${this.#lost}`);
    return this.lines;
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }

  #take(event: NetlinkEvent): void {
    const deleted = event.change === "delete" ? "Deleted " : "";
    if (event.object === "link") {
      if (event.value.name === mark) this.#marks += event.change === "delete" ? 1 : 0;
      if (/^(br|vx)\d/.test(event.value.name) && this.#differs(event.value, event.change === "delete"))
        this.lines.push(`${deleted}link ${event.value.name} ${this.#links.get(event.value.ifindex) ?? ""}`);
    } else if (event.object === "fdb" || event.object === "neighbour") {
      if ((event.value.flags & NTF_EXT_LEARNED) === 0) return;
      if (event.object === "neighbour" && deleted === "" && this.#onlyState(event.value)) return;
      const text = event.object === "fdb" ? formatFdbEntry(event.value satisfies FdbEntry) : formatNeighbour(event.value);
      this.lines.push(deleted + text.replace(/dev (\d+)/, (_, i: string) => `dev ${this.#names.get(Number(i)) ?? i}`));
    }
  }

  #onlyState(n: Neighbour): boolean {
    const key = `${n.ifindex} ${n.ip}`;
    if (!isKept(n)) return false;
    const known = this.#kept.has(key) && this.#kept.get(key) === n.mac;
    this.#kept.set(key, n.mac);
    return known;
  }

  #differs(link: Link, deleted: boolean): boolean {
    if (deleted) return this.#links.delete(link.ifindex);
    const before = this.#links.get(link.ifindex);
    return this.#keep(link) !== before;
  }

  #keep(link: Link): string {
    const { name, up, mtu, address, master, alias, addressGenerationMode, port } = link;
    const { neighSuppress, learning, flood, isolated } = port ?? {};
    const text = JSON.stringify({ up, mtu, address, master, alias, addressGenerationMode, neighSuppress, learning, flood, isolated });
    this.#links.set(link.ifindex, text);
    this.#names.set(link.ifindex, name);
    return text;
  }
}

const mark = "mark0";

function isKept(n: Neighbour): boolean {
  return (n.flags & NTF_EXT_LEARNED) !== 0 && (n.state & NUD_NOARP) === 0;
}
