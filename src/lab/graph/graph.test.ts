// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { smallTopology } from "../testing/small-topology.ts";
import { labGraph } from "./graph.ts";

test("Mermaid shows spines, leaves, links and workloads by network", () => {
  assert.equal(
    labGraph(smallTopology()),
    `flowchart TB
  subgraph spines
    direction LR
    n0["s1<br/>spine<br/>10.99.255.1"]
    n1["s2<br/>spine<br/>10.99.255.2"]
  end
  subgraph reflectors
    direction LR
    n2["rr1<br/>weft reflector<br/>10.99.0.1"]
  end
  subgraph nodes
    direction LR
    n3["h1<br/>weft VTEP<br/>10.99.1.1"]
    n4["f1<br/>frr VTEP<br/>10.99.1.2"]
  end
  n0 --- n2
  n0 --- n3
  n0 --- n4
  n1 --- n2
  n1 --- n3
  n1 --- n4
  n5(["b1<br/>192.168.1.11/24"]):::network0
  n6(["r1<br/>fd00:1::11/64"]):::network1
  n3 -- "blue 100" --- n5
  n4 -- "red 200" --- n6
  classDef network0 fill:#a6cee3,stroke:#333,color:#111
  classDef network1 fill:#fdbf6f,stroke:#333,color:#111
`,
  );
});

test("the SVG is well-formed, and everything in it stands inside the picture", () => {
  const svg = labGraph(smallTopology(), "svg");
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number) as [number, number, number];
  const open: string[] = [];
  for (const [, closing, name, empty] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (closing === "/") assert.equal(open.pop(), name);
    else if (empty !== "/") open.push(name!);
  }
  assert.deepEqual(open, []);
  for (const [, x, y] of svg.matchAll(/<(?:rect|text)[^>]* x="([\d.]+)" y="([\d.]+)"/g)) {
    assert.ok(Number(x) >= 0 && Number(x) < width && Number(y) >= 0 && Number(y) < height, `${x},${y}`);
  }
  for (const name of ["s1", "s2", "rr1", "h1", "f1", "b1", "r1"]) assert.ok(svg.includes(`>${name}</text>`), name);
  assert.equal(svg.split("<line").length - 1, 6 + 2, "fabric links and workloads");
});
