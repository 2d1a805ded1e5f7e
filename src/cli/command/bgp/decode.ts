// SPDX-License-Identifier: Apache-2.0
import { text } from "node:stream/consumers";
import { type Command, InvalidArgumentError, Option } from "commander";
import { fromHex, toHex } from "../../../base/bytes/hex.ts";
import { familyTable, type Family } from "../../../bgp/wire/family.ts";
import type { Reaction } from "../../../bgp/wire/fault.ts";
import { command } from "../../command-file.ts";
import { MalformedInputError } from "../../errors.ts";
import { exitStatus } from "../../exit-status.ts";
import { print } from "../../render/output.ts";

interface DecodeOptions {
  readonly as: "message" | "update" | "nlri";
  readonly family: Family;
  readonly reencode?: true;
  readonly twoOctetAs?: true;
  readonly peer?: "ibgp" | "ebgp";
  readonly addPath?: readonly Family[];
}

/** RFC 7606 §2 calls them so. */
const verdictName: Readonly<Record<Reaction, string>> = {
  discard: "attribute-discard",
  withdraw: "treat-as-withdraw",
  "disable-family": "afi-safi-disable",
  reset: "session-reset",
};

function familyOption(given: string): Family {
  if (familyTable.some((row) => row.family === given) || /^\d{1,5}\/\d{1,3}$/.test(given)) return given as Family;
  throw new InvalidArgumentError(`Allowed: ${familyTable.map((row) => row.family).join(", ")} or AFI/SAFI in numbers.`);
}

function addPathOption(given: string, before: readonly Family[] = []): readonly Family[] {
  return [...before, familyOption(given)];
}

function configure(c: Command): void {
  c.argument("<hex...>", "octets in hex, with or without blanks and colons; - reads them from standard input");
  c.addOption(new Option("--as <what>", "what the octets are").choices(["message", "update", "nlri"]).default("message"));
  c.option("--family <family>", "address family of an nlri", familyOption, "l2vpn-evpn" as Family);
  c.option("--reencode", "also print the octets made again from what was decoded, as one line of hex");
  c.option("--two-octet-as", "AS numbers have two octets, as between peers without RFC 6793");
  const peer = new Option(
    "--peer <kind>",
    "judge by what may come from such a peer: LOCAL_PREF from ebgp is discarded, from ibgp it must be there",
  );
  c.addOption(peer.choices(["ibgp", "ebgp"]));
  c.option("--add-path <family>", "routes of this family have path identifiers (RFC 7911); may be given again", addPathOption);
}

export const decodeCommand = command<DecodeOptions>({
  details:
    "Prints JSON with every field by name. An update is a whole message or its body; an nlri is what stands in a field of routes.\n" +
    "Octets that are malformed give exit status 2 and what RFC 7606 has a session do about them.",
  examples: [
    ["weft bgp decode ffffffffffffffffffffffffffffffff001304", "a whole message: a KEEPALIVE"],
    ["weft bgp decode --as nlri 031100010a000001006400000000200a000001", "an EVPN route of type 3"],
    ["xxd -p update.bin | weft bgp decode --as update --reencode -", "from a file"],
  ],
  configure,
  async run({ args, options }) {
    const given = args.length === 1 && args[0] === "-" ? await text(process.stdin) : args.join("");
    const bytes = fromHex(given);
    if (bytes === undefined)
      throw new MalformedInputError("WEFT_NOT_HEX", "the input is no even number of hex digits; write octets as 02:21 or 0221");
    const { explain } = await import("../../../bgp/wire/explain/explain.ts");
    const explanation = explain(options.as, bytes, {
      family: options.family,
      fourOctetAs: !options.twoOctetAs,
      addPath: new Set(options.addPath),
      peer: options.peer ?? "unknown",
    });
    if (explanation.ok) {
      print(JSON.stringify(explanation.value, null, 2));
      if (options.reencode) print(toHex(explanation.reencoded));
      return exitStatus.ok;
    }
    const { message, notification, faults } = explanation;
    const verdict = verdictName[explanation.verdict];
    const named = faults.map((f) => ({ ...f, verdict: verdictName[f.verdict] }));
    print(JSON.stringify({ malformed: true, verdict, message, notification, faults: named }, null, 2));
    throw new MalformedInputError("WEFT_MALFORMED", `${verdict}: ${message}`);
  },
});
