// SPDX-License-Identifier: Apache-2.0

/** Something that takes any octets. */
export interface Target {
  /** `attribute/origin`: the folder of its findings. */
  readonly name: string;
  /** Sound inputs to begin with. */
  readonly corpus: readonly Uint8Array[];
  /** Sequences of octets that mean something here. */
  readonly dictionary?: readonly Uint8Array[];
  /** Longest input worth trying, octets. */
  readonly longest?: number;
  /** How much of the time it gets, next to 1 for the others. */
  readonly weight?: number;
  /**
   * Feeds one input. Anything thrown is a finding.
   * @returns what came of it, in words: an input that leads to words never seen before is kept and varied further
   */
  run(input: Uint8Array): string | Promise<string>;
  /** Called when no more inputs come. Anything thrown is a finding. */
  end?(): Promise<void>;
}

/** Words that two inputs with the same fate share: numbers, and how often something happens, are what differs between them. */
export function fate(words: readonly string[]): string {
  return [...new Set(words.map((w) => w.replaceAll(/0x[0-9a-f]+|\d+/g, "#")))].join("; ");
}
