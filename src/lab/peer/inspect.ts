// SPDX-License-Identifier: Apache-2.0
import { request } from "node:http";
import { LabError } from "../errors.ts";

/** Asks a running agent or reflector over the socket in its run directory (rows: `contract/inspect.ts`). */
export async function inspect<T>(runFolder: string, path: string, method: "GET" | "POST" = "GET"): Promise<T> {
  const body = await new Promise<string>((resolve, reject) => {
    const req = request({ socketPath: `${runFolder}/weft.sock`, path, method, timeout: 5000 }, (res) => {
      const parts: Buffer[] = [];
      res.on("data", (b: Buffer) => parts.push(b));
      res.on("error", reject);
      res.on("end", () => {
        const text = Buffer.concat(parts).toString();
        if (res.statusCode === 200) resolve(text);
        else reject(new LabError("WEFT_LAB_COMMAND", `${method} ${path}: ${res.statusCode ?? "no status"}: ${text.slice(0, 500)}`));
      });
    });
    req.on("timeout", () => req.destroy(new Error(`${method} ${path}: no answer within 5 s`)));
    req.on("error", reject);
    req.end();
  });
  return JSON.parse(body) as T;
}
