// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Duplex, pipeline, Readable } from "node:stream";
import type { ErrorReply } from "../contract/inspect.ts";
import { RequestError } from "./errors.ts";

export interface HttpRequest {
  /** A parameter that comes more than once is a list. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** Of JSON; undefined when there is none. */
  readonly body: unknown;
}

/** How an answer goes out. What the handler gives back is its body: a stream and a text as they are, anything else as JSON. */
export interface HttpReply {
  status: number;
  type: string;
  /** To be written by hand; then the handler gives back {@link written}. */
  readonly raw: ServerResponse;
}

/** From a handler: the answer goes out by other means. */
export const written = Symbol("written");

export type HttpHandler = (request: HttpRequest, reply: HttpReply) => unknown;

export type ListenAt = { readonly path: string } | { readonly host: string; readonly port: number };

/** Octets of a request's body: nobody sends more than a filter. */
const mostBody = 1 << 20;

/** Errors of components that know no HTTP, where another status than 409 says more. */
const statusOfOthers: Readonly<Record<string, number>> = { WEFT_BGP_UNKNOWN_PEER: 404 };

/** By code of node:http's error; 400 for all others. */
const statusOfUnread: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/**
 * A few paths answered in JSON over HTTP: what a daemon's own socket needs. A framework did it with 25 MB of memory in every agent
 * (docs/adr/0014-http-without-a-framework.md). Errors become `{ error: { code, message } }`.
 */
export class HttpApp {
  readonly #handlers = new Map<string, HttpHandler>();
  readonly #subtrees: { readonly path: string; readonly handler: HttpHandler }[] = [];
  readonly #closing: (() => void)[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor() {
    this.#server.on("clientError", refuse);
  }

  get(path: string, handler: HttpHandler): void {
    this.#handlers.set(`GET ${path}`, handler);
  }

  post(path: string, handler: HttpHandler): void {
    this.#handlers.set(`POST ${path}`, handler);
  }

  /** Every method, for all that begins with `path` and has no handler of its own. */
  under(path: string, handler: HttpHandler): void {
    this.#subtrees.push({ path, handler });
  }

  /** Runs before connections are closed. */
  onClose(run: () => void): void {
    this.#closing.push(run);
  }

  /** @throws Error of node:net, `EADDRINUSE` for example */
  async listen(at: ListenAt): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(at, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  address(): AddressInfo | string | null {
    return this.#server.address();
  }

  async close(): Promise<void> {
    for (const run of this.#closing) run();
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply: HttpReply = { status: 200, type: "", raw: response };
    // A client that went away is no fault of ours.
    response.on("error", () => undefined);
    try {
      const [path = "/", search = ""] = (request.url ?? "/").split("?", 2);
      const handler = this.#find(request.method ?? "GET", path);
      if (!handler) throw new RequestError("WEFT_NOT_FOUND", `nothing is at ${request.method} ${path}`);
      send(reply, await handler({ query: queryOf(new URLSearchParams(search)), body: await bodyOf(request) }, reply));
    } catch (e) {
      fail(reply, e);
    }
  }

  #find(method: string, pathname: string): HttpHandler | undefined {
    const path = pathname.length > 1 ? pathname.replace(/\/+$/, "") : pathname;
    // node:http leaves out the body of an answer to HEAD.
    const known = this.#handlers.get(`${method === "HEAD" ? "GET" : method} ${path}`);
    return known ?? this.#subtrees.find((s) => path.startsWith(s.path))?.handler;
  }
}

function send(reply: HttpReply, value: unknown): void {
  if (value === written) return;
  const { raw } = reply;
  raw.statusCode = reply.status;
  if (value instanceof Readable) {
    raw.setHeader("content-type", reply.type);
    // Ends the making of it when the reader goes away.
    pipeline(value, raw, () => undefined);
    return;
  }
  const text = typeof value === "string" && reply.type !== "" ? value : JSON.stringify(value ?? null);
  raw.setHeader("content-type", reply.type === "" ? "application/json; charset=utf-8" : reply.type);
  raw.setHeader("content-length", Buffer.byteLength(text));
  raw.end(text);
}

function fail(reply: HttpReply, e: unknown): void {
  if (reply.raw.headersSent) return void reply.raw.destroy();
  const { code: own, status: wanted } = (e ?? {}) as { readonly code?: unknown; readonly status?: unknown };
  // An error of ours without a status is one of a component that knows no HTTP: what was asked cannot be done now.
  const coded = typeof own === "string" && own.startsWith("WEFT_") ? own : undefined;
  reply.status = typeof wanted === "number" ? wanted : (statusOfOthers[coded ?? ""] ?? (coded === undefined ? 500 : 409));
  reply.type = "";
  send(reply, { error: { code: coded ?? "WEFT_INTERNAL", message: e instanceof Error ? e.message : String(e) } } satisfies ErrorReply);
}

/** What never became a request: no HTTP, headers that are too long or too slow. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  // The reader of an answer that is under way would take this for a part of it.
  if (!socket.writable || (socket as Socket).bytesWritten > 0) return void socket.destroy();
  const status = statusOfUnread[error.code ?? ""] ?? 400;
  const body = JSON.stringify({
    error: { code: "WEFT_BAD_REQUEST", message: `this is no request: ${error.message}` },
  } satisfies ErrorReply);
  const head = ["content-type: application/json; charset=utf-8", `content-length: ${Buffer.byteLength(body)}`, "connection: close"];
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join("\r\n")}\r\n\r\n${body}`);
}

function queryOf(parameters: URLSearchParams): HttpRequest["query"] {
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((key) => {
      const all = parameters.getAll(key);
      return [key, all.length === 1 ? all[0]! : all];
    }),
  );
}

/** @throws RequestError */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > mostBody) throw new RequestError("WEFT_BAD_REQUEST", `the body is longer than ${mostBody} octets`);
    parts.push(part);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch (cause) {
    throw new RequestError("WEFT_BAD_REQUEST", `the body is no JSON: ${(cause as Error).message}`, { cause });
  }
}
