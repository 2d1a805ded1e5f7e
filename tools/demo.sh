#!/bin/sh
# npm run demo [-- --keep]: installs what is missing, then builds a fabric on this machine and measures it.
set -eu
cd "$(dirname "$0")/.."

# Said before anything is installed.
if [ "$(id -u)" != 0 ]; then
  echo "demo: needs root, for it makes network namespaces: run it as root, or with sudo" >&2
  exit 77
fi
if ! unshare --net true 2>/dev/null; then
  echo "demo: this kernel, or the container we are in, makes no network namespaces" >&2
  exit 69
fi
if command -v ip >/dev/null 2>&1; then
  for kind in "veth" "bridge" "vxlan id 1 dstport 4789"; do
    # shellcheck disable=SC2086
    said=$(unshare --net ip link add t0 type $kind 2>&1) || {
      echo "demo: this kernel makes no devices of kind ${kind%% *}: $said" >&2
      exit 69
    }
  done
fi

sh tools/setup.sh demo
exec bin/weft lab demo "$@"
