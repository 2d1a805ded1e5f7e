// SPDX-License-Identifier: Apache-2.0
/** Something that runs. Its constructor is inert; `stop` may be called twice and waits until nothing of it runs any more. */
export interface Component {
  start(): Promise<void>;
  stop(): Promise<void>;
}
