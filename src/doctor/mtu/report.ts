// SPDX-License-Identifier: Apache-2.0
import { EchoSocket } from "../../base/sys/echo-socket.ts";
import { namespacePath } from "../../base/sys/namespace.ts";
import { measurePath, type PathResult } from "./measure-path.ts";
import type { Segment } from "./segment.ts";

/** A part of the way, measured. */
export interface SegmentRow {
  readonly segment: string;
  /** Octets of the IP packets that it has to carry. */
  readonly needs: number;
  /** Null: not known. */
  readonly carries: number | null;
  readonly state: "enough" | "too small" | "unknown";
  /** Where and how it breaks; empty when it does not. */
  readonly why: string;
}

/** Sends probes where the segment asks for them; blocks for some seconds where packets vanish. @throws SystemCallError */
export function measureSegment(s: Segment): SegmentRow {
  if (s.kind === "port") {
    const { name, mtu } = s.device;
    const fits = mtu >= s.needs;
    return {
      segment: `port ${name}`,
      needs: s.needs,
      carries: mtu,
      state: fits ? "enough" : "too small",
      why: fits ? "" : `MTU ${mtu} of ${name}: ip link set ${name} mtu ${s.needs}, and the same at the workload's end`,
    };
  }
  const socket = new EchoSocket(s.from, s.to, s.kind === "inside" && s.namespace !== undefined ? namespacePath(s.namespace) : undefined);
  try {
    const result = measurePath((p) => socket.probe(p), s.to, s.needs);
    return { segment: `${s.kind} ${s.from} → ${s.to}`, needs: s.needs, ...rowOf(result, s.needs) };
  } finally {
    socket.close();
  }
}

function rowOf(r: PathResult, needs: number): Pick<SegmentRow, "carries" | "state" | "why"> {
  switch (r.kind) {
    case "enough":
      return { carries: needs, state: "enough", why: "" };
    case "told":
      return {
        carries: r.carries,
        state: "too small",
        why: r.from === undefined ? "the device of this host that it leaves by takes no more" : `${r.from} answers “fragmentation needed”`,
      };
    case "swallowed":
      return { carries: r.carries, state: "too small", why: `larger packets vanish without a word ${place(r)}` };
    default:
      return { carries: null, state: "unknown", why: r.why };
  }
}

function place({ last, next }: PathResult & { readonly kind: "swallowed" }): string {
  if (last === undefined && next === undefined) return "somewhere on the way: no hop says that it saw one";
  if (last === undefined) return `before ${next}`;
  return next === undefined ? `behind ${last}, the last hop that they reach` : `between ${last} and ${next}`;
}
