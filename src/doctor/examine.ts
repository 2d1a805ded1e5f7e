// SPDX-License-Identifier: Apache-2.0
import { checks } from "./check/table.ts";
import { SystemCallError } from "../base/sys/errors.ts";
import { NetlinkError } from "../netlink/errors.ts";
import { applyRemedy } from "./apply-remedy.ts";
import { DoctorError } from "./errors.ts";
import type { HostFacts } from "./facts.ts";
import type { Finding, FindingSeverity } from "./finding.ts";
import { commandOf } from "./remedy.ts";

/** A finding as it is shown. */
export interface FindingRow {
  readonly code: string;
  readonly severity: FindingSeverity;
  readonly object: string;
  readonly what: string;
  readonly why: string;
  /** Command lines and advice that mend it. */
  readonly mend: readonly string[];
  /** Whether `--fix` can. */
  readonly fixable: boolean;
}

/** What `--fix` did about a finding. */
export interface FixRow {
  readonly code: string;
  readonly object: string;
  readonly command: string;
  /** Null: it was done. */
  readonly error: string | null;
}

interface Found {
  readonly row: FindingRow;
  readonly finding: Finding;
}

const ranks: readonly FindingSeverity[] = ["error", "warning", "note"];

/** Asks every check, or those with these codes; errors first. */
export function examine(facts: HostFacts, codes: ReadonlySet<string>): readonly Found[] {
  return checks
    .filter((c) => codes.size === 0 || codes.has(c.code))
    .flatMap((c) => c.judge(facts).map((finding) => ({ finding, row: rowOf(c.code, finding) })))
    .toSorted((a, b) => ranks.indexOf(a.row.severity) - ranks.indexOf(b.row.severity));
}

function rowOf(code: string, f: Finding): FindingRow {
  const { severity, object, what, why, remedies } = f;
  return { code, severity, object, what, why, mend: [...remedies.map(commandOf), ...(f.advice ?? [])], fixable: remedies.length > 0 };
}

/** Notes are right on most hosts: they are mended only when their code was named. One that fails stops no other. */
export function fix(found: readonly Found[], named: ReadonlySet<string>): readonly FixRow[] {
  return found
    .filter(({ row }) => row.severity !== "note" || named.has(row.code))
    .flatMap(({ row, finding }) =>
      finding.remedies.map((remedy) => {
        const { code, object } = row;
        return { code, object, command: commandOf(remedy), error: attempt(() => applyRemedy(remedy)) };
      }),
    );
}

function attempt(body: () => void): string | null {
  try {
    body();
    return null;
  } catch (e) {
    if (e instanceof SystemCallError || e instanceof NetlinkError || e instanceof DoctorError) return e.message;
    throw e;
  }
}
