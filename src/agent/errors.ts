// SPDX-License-Identifier: Apache-2.0

export type AgentErrorCode =
  /** The process may not change network devices or enter namespaces: it is not root and has not the capabilities. */
  | "WEFT_AGENT_CAPABILITY"
  /** The kernel has no devices of a kind that is needed, or did not remove everything at a cleanup. */
  | "WEFT_AGENT_KERNEL"
  /** A network namespace has the name that one of ours is to have, and was not made by us. */
  | "WEFT_AGENT_NAMESPACE_FOREIGN";

/** What the agent cannot do, in words that say what to do about it. */
export class AgentError extends Error {
  readonly code: AgentErrorCode;
  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AgentError";
    this.code = code;
  }
}
