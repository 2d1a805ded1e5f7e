// SPDX-License-Identifier: Apache-2.0
/** Builds a lab in a process that can be killed: `node build-topology.ts NAME ROUTING`. Prints each stage as it begins. */
import { labUp } from "../../src/lab/up.ts";
import { frrTopology } from "./frr-topology.ts";

const [name, routing] = process.argv.slice(2);
await labUp(frrTopology(name!, routing as "static"), { onStage: (text) => console.log(text) });
