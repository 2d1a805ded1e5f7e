// SPDX-License-Identifier: Apache-2.0
/** Where the BFD thread begins. */
import { workerData } from "node:worker_threads";
import type { ThreadData } from "./messages.ts";
import { BfdThread } from "./run-thread.ts";

new BfdThread(workerData as ThreadData).run();
