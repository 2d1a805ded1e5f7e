// SPDX-License-Identifier: Apache-2.0
import koffi from "koffi";
import { inNamespace } from "../base/sys/namespace.ts";
import { NftablesError, refusal } from "./errors.ts";

const OUTPUT_JSON = 1 << 4;

interface Library {
  readonly newContext: (flags: number) => object | null;
  readonly freeContext: (context: object) => void;
  readonly setOutput: (context: object, flags: number) => void;
  readonly bufferOutput: (context: object) => number;
  readonly bufferError: (context: object) => number;
  readonly setDryRun: (context: object, dry: boolean) => void;
  readonly run: (context: object, text: string) => number;
  readonly output: (context: object) => string;
  readonly error: (context: object) => string;
}

let loaded: Library | undefined;

/** Loaded when it is first needed: a host without NAT needs no nftables. @throws NftablesError WEFT_NFT_MISSING */
function library(): Library {
  if (loaded) return loaded;
  try {
    const c = koffi.load("libnftables.so.1");
    loaded = {
      newContext: c.func("void *nft_ctx_new(uint32_t)"),
      freeContext: c.func("void nft_ctx_free(void *)"),
      setOutput: c.func("void nft_ctx_output_set_flags(void *, unsigned int)"),
      bufferOutput: c.func("int nft_ctx_buffer_output(void *)"),
      bufferError: c.func("int nft_ctx_buffer_error(void *)"),
      setDryRun: c.func("void nft_ctx_set_dry_run(void *, bool)"),
      run: c.func("int nft_run_cmd_from_buffer(void *, const char *)"),
      output: c.func("const char *nft_ctx_get_output_buffer(void *)"),
      error: c.func("const char *nft_ctx_get_error_buffer(void *)"),
    };
    return loaded;
  } catch (cause) {
    throw new NftablesError("WEFT_NFT_MISSING", "libnftables.so.1 is not installed: apt install nftables", "ENOENT", { cause });
  }
}

export interface RunOptions {
  /** Listings come as JSON. */
  readonly json?: boolean;
  /** Everything is checked by the kernel, nothing is done (`nft -c`). */
  readonly dryRun?: boolean;
}

/**
 * `nft -f -` within a network namespace (a path; undefined: the own), all or nothing. In process: a change takes 0.1 ms, the program
 * 3 ms. The library keeps its socket in the context, so each call has a context of its own, made and used inside the namespace.
 * @returns what nft prints. @throws NftablesError; SystemCallError when the namespace cannot be entered
 */
export function runNft(namespace: string | undefined, text: string, options: RunOptions = {}): string {
  const lib = library();
  return inNamespace(namespace, () => {
    const context = lib.newContext(0);
    if (context === null) throw new NftablesError("WEFT_NFT_REFUSED", "nft: no context could be made", "ENOMEM");
    try {
      lib.bufferOutput(context);
      lib.bufferError(context);
      if (options.json) lib.setOutput(context, OUTPUT_JSON);
      if (options.dryRun) lib.setDryRun(context, true);
      if (lib.run(context, text) !== 0) throw refusal(lib.error(context));
      return lib.output(context);
    } finally {
      lib.freeContext(context);
    }
  });
}
