// SPDX-License-Identifier: Apache-2.0

/** What is told about a value stands behind a tab, as in our answers. */
export const fishScript = `# fish completion for weft
function __weft_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    set -l prefix (string match -r -- '^--[^=]+=' "$current")
    for line in $lines[1..-2]
        echo "$prefix$line"
    end
    switch "$lines[-1]"
        case :0
            __fish_complete_path "$current"
        case :16
            __fish_complete_directories "$current" ''
    end
end
complete -c weft -f -a '(__weft_complete)'`;
