// SPDX-License-Identifier: Apache-2.0

/**
 * Needs nothing but bash itself, may be read twice, and evaluates nothing of what was typed. Words are cut at blanks, not at
 * bash's own word breaks: addresses and MACs have colons, and readline replaces only what stands behind the last of them.
 */
export const bashScript = `# bash completion for weft
__weft_complete() {
  local line=\${COMP_LINE:0:COMP_POINT} current answer directive value kept
  local -a words lines
  read -ra words <<<"$line"
  [[ $line == *[[:blank:]] ]] && words+=("")
  current=\${words[-1]}
  answer=$("\${COMP_WORDS[0]/#\\~/$HOME}" complete -- "\${words[@]:1}" 2>/dev/null) || return 0
  mapfile -t lines <<<"$answer"
  directive=\${lines[-1]#:}
  kept=\${current%"\${current##*[:=]}"}
  [[ $current == -*=* ]] && kept=\${kept#*=}
  COMPREPLY=()
  for value in "\${lines[@]:0:\${#lines[@]}-1}"; do
    value=\${value%%$'\\t'*}
    COMPREPLY+=("\${value#"$kept"}")
  done
  case $directive in
    4) compopt +o default ;;
    16) compopt -o dirnames ;;
  esac
}
complete -o default -F __weft_complete weft`;
