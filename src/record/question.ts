// SPDX-License-Identifier: Apache-2.0
/** The texts by which a recording names what is asked of a host and done to it; a replay makes the same and looks them up. */

const placed = (ns: string | undefined, text: string): string => (ns === undefined || ns === "" ? text : `[${ns}] ${text}`);

export const namespaces = "ip netns list";
export const connect = (ns: string | undefined): string => placed(ns, "connect");
export const dump = (ns: string | undefined, object: string, filter: object | undefined): string =>
  placed(ns, `dump ${object} ${JSON.stringify(filter ?? {})}`);
/** What {@link dump} made, read again; undefined for another question. */
export function readDump(text: string): { readonly ns: string | null; readonly object: string; readonly filter: object } | undefined {
  const m = /^(?:\[(.*)\] )?dump (\S+) (\{.*\})$/.exec(text);
  return m ? { ns: m[1] ?? null, object: m[2]!, filter: JSON.parse(m[3]!) as object } : undefined;
}

export const sysctl = (ns: string, name: string): string => placed(ns, `sysctl ${name}`);
export const notedSysctls = "noted sysctls";
export const restoreSysctl = (name: string): string => `sysctl -w ${name}=its former value`;

export const ruleset = (ns: string, table: string): string => placed(ns, `nft table ${table}`);
export const writeRuleset = (ns: string, table: string): string => placed(ns, `nft -f ${table}`);
export const removeRuleset = (ns: string, table: string): string => placed(ns, `nft delete table ${table}`);

export const createNamespace = (name: string): string => `ip netns add ${name}`;
export const removeNamespace = (name: string): string => `ip netns del ${name}`;
export const writeSysctl = (ns: string, name: string, value: string): string => placed(ns, `sysctl -w ${name}=${value}`);
/** @param command the iproute2 command that does the same */
export const request = placed;
