// SPDX-License-Identifier: Apache-2.0
import { type Ip, parseIp } from "../../base/net/ip.ts";
import { type Mac, parseMac } from "../../base/net/mac.ts";
import { formatPrefix, parsePrefix } from "../../base/net/prefix.ts";
import { type Rd, parseRd } from "../../base/net/rd.ts";
import { RequestError } from "../errors.ts";

/** The parameters of a request, read as what they must be. Each method gives undefined for one that is absent. */
export class Query {
  readonly #values: Readonly<Record<string, unknown>>;

  /** @throws RequestError for a parameter that is not in `known` */
  constructor(values: unknown, known: readonly string[]) {
    this.#values = (values ?? {}) as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(this.#values)) {
      if (!known.includes(key)) throw new RequestError("WEFT_BAD_REQUEST", `unknown parameter ${key}; known: ${known.join(", ")}`);
    }
  }

  text(key: string): string | undefined {
    const value = this.#values[key];
    if (value === undefined || value === "") return undefined;
    if (typeof value === "string" || typeof value === "number") return String(value);
    throw new RequestError("WEFT_BAD_REQUEST", `${key} must be given once, as text`);
  }

  number(key: string, least: number, most: number): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const n = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(n >= least && n <= most)) throw new RequestError("WEFT_BAD_REQUEST", `${key}=${text} is no number from ${least} to ${most}`);
    return n;
  }

  flag(key: string): boolean {
    const text = this.text(key);
    return text !== undefined && text !== "0" && text !== "false";
  }

  mac(key: string): Mac | undefined {
    return this.#parsed(key, parseMac, "a MAC address");
  }

  ip(key: string): Ip | undefined {
    return this.#parsed(key, parseIp, "an IP address");
  }

  /** The name of a peer: its address in canonical text, or a word as `local`. */
  peer(key: string): string | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : (parseIp(text) ?? text);
  }

  /** In canonical text. */
  ipOrPrefix(key: string): string | undefined {
    const prefix = (text: string): string | undefined => {
      const parsed = text.includes("/") ? parsePrefix(text) : undefined;
      return parsed && formatPrefix(parsed);
    };
    return this.#parsed(key, (text) => parseIp(text) ?? prefix(text), "an IP address or a prefix");
  }

  rd(key: string): Rd | undefined {
    return this.#parsed(key, parseRd, "a route distinguisher");
  }

  #parsed<T>(key: string, parse: (text: string) => T | undefined, what: string): T | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) throw new RequestError("WEFT_BAD_REQUEST", `${key}=${text} is not ${what}`);
    return value;
  }
}

/** An object without the keys that are undefined. */
export function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
