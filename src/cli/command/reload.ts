// SPDX-License-Identifier: Apache-2.0
import type { ReloadReply } from "../../contract/inspect.ts";
import { Client } from "../client.ts";
import { command } from "../command-file.ts";
import { exitStatus } from "../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../inspect-options.ts";
import { print, printValue } from "../render/output.ts";

export const reloadCommand = command<InspectOptions>({
  details: "Only differences are applied. When the file is not valid the old configuration stays, and the exit status is 78.",
  examples: [["weft config check /etc/weft/agent.yaml && weft reload", "check the new file, then have it read"]],
  configure: (c) => void addInspectOptions(c),
  async run({ options }) {
    const reply = await new Client(options.runDir).post<ReloadReply>("/v1/reload");
    if (options.output !== "table") await printValue(reply, options.output);
    else print(reply.changes.length === 0 ? "nothing differs" : reply.changes.join("\n"));
    return exitStatus.ok;
  },
});
