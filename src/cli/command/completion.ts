// SPDX-License-Identifier: Apache-2.0
import { Argument } from "commander";
import { command } from "../command-file.ts";
import { exitStatus } from "../exit-status.ts";
import { print } from "../render/output.ts";

const scripts = {
  bash: async () => (await import("../completion/bash-script.ts")).bashScript,
  zsh: async () => (await import("../completion/zsh-script.ts")).zshScript,
  fish: async () => (await import("../completion/fish-script.ts")).fishScript,
} as const;
type Shell = keyof typeof scripts;

export const completionCommand = command({
  details: "It offers commands, options, their values, and the names of labs, nodes, peers, networks and MACs that there are.",
  examples: [
    ["weft completion bash > /etc/bash_completion.d/weft", "for every user of bash"],
    ["source <(weft completion bash)", "for this bash only"],
    ["weft completion zsh > /usr/share/zsh/site-functions/_weft", "for every user of zsh"],
    ["weft completion fish > ~/.config/fish/completions/weft.fish", "for one user of fish"],
  ],
  configure: (c) => void c.addArgument(new Argument("<shell>", "shell").choices(Object.keys(scripts))),
  async run({ args }) {
    print(await scripts[args[0] as Shell]());
    return exitStatus.ok;
  },
});
