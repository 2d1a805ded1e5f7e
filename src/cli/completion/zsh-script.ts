// SPDX-License-Identifier: Apache-2.0

/** `_describe` parts value and description at the first colon that has no backslash before it. */
export const zshScript = `#compdef weft
_weft() {
  local line value directive
  local -a lines candidates
  lines=("\${(@f)$("\${(Q)~words[1]}" complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  directive=\${lines[-1]#:}
  for line in "\${(@)lines[1,-2]}"; do
    value=\${line%%$'\\t'*}
    candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done
  [[ $PREFIX == --*=* ]] && compset -P '*='
  (( \${#candidates} )) && _describe -V weft candidates
  case $directive in
    0) _files ;;
    16) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _weft ]]; then _weft "$@"; else compdef _weft weft; fi`;
