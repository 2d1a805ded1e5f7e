#!/bin/sh
# npm test: installs what is missing, then everything that can fail: the gate, then live tests with real peers. Needs root.
set -eu
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then
  echo "npm test: needs root: live tests make network namespaces (npm run check needs none)" >&2
  exit 77
fi
sh tools/setup.sh test
PATH="$PWD/node_modules/.bin:$PATH"
# The bundled runtime, whatever else is installed.
sh tools/check.sh
node tools/live-tests.ts "$@"
