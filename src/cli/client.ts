// SPDX-License-Identifier: Apache-2.0
import { type IncomingMessage, request } from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import type { ErrorReply, HealthReply } from "../contract/inspect.ts";
import { NoPermissionError, NotRunningError, RefusedError } from "./errors.ts";

export type QueryValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** Talks to the daemon of a run directory over its local socket. Every method throws NotRunningError, NoPermissionError or RefusedError. */
export class Client {
  readonly #socket: string;

  constructor(runDirectory: string) {
    this.#socket = path.join(runDirectory, "weft.sock");
  }

  async get<T>(at: string, query: QueryValues = {}): Promise<T> {
    return JSON.parse(await text(await this.#send("GET", withQuery(at, query)))) as T;
  }

  async getText(at: string): Promise<string> {
    return text(await this.#send("GET", at));
  }

  async post<T>(at: string, body: Readonly<Record<string, unknown>> = {}): Promise<T> {
    return JSON.parse(await text(await this.#send("POST", at, JSON.stringify(body)))) as T;
  }

  /** Unlike the other endpoints this one says "not well" by its status, and means it as an answer. */
  async health(at: string): Promise<HealthReply> {
    return JSON.parse(await text(await this.#request("GET", at))) as HealthReply;
  }

  /** The body line by line, as it comes. */
  async *lines(at: string, query: QueryValues = {}): AsyncGenerator<string> {
    const body = await this.#send("GET", withQuery(at, query));
    let rest = "";
    body.setEncoding("utf8");
    try {
      for await (const chunk of body) {
        const lines = (rest + (chunk as string)).split("\n");
        rest = lines.pop()!;
        yield* lines;
      }
    } catch (cause) {
      // The daemon was killed while it was talking.
      throw new NotRunningError(this.#socket, cause);
    }
    if (rest !== "") yield rest;
  }

  async #send(method: string, at: string, body?: string): Promise<IncomingMessage> {
    const response = await this.#request(method, at, body);
    if ((response.statusCode ?? 500) < 400) return response;
    const { error } = JSON.parse(await text(response)) as ErrorReply;
    throw new RefusedError(error.code, error.message);
  }

  #request(method: string, at: string, body?: string): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const outgoing = request({ socketPath: this.#socket, method, path: at, headers }, resolve);
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EACCES") reject(new NoPermissionError(`${this.#socket} may not be opened`, error));
      else reject(new NotRunningError(this.#socket, error));
    });
    outgoing.end(body);
    return promise;
  }
}

function withQuery(at: string, query: QueryValues): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== false) params.set(key, value === true ? "1" : String(value));
  }
  return params.size === 0 ? at : `${at}?${params.toString()}`;
}
