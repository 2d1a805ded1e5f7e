// SPDX-License-Identifier: Apache-2.0
import { cpus, release } from "node:os";

/** `min / median / max`, in the unit of the values. */
export function spread(values: readonly number[], digits = 0): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): string => sorted[Math.floor((sorted.length - 1) * q)]!.toFixed(digits);
  return `${at(0)} / ${at(0.5)} / ${at(1)}`;
}

/** Value below which the share `q` of them lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
}

/** One line for the head of a results table: when and on what. */
export function machineLine(): string {
  return `${new Date().toISOString().slice(0, 10)}, kernel ${release()}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]!.model}`;
}
