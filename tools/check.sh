#!/bin/sh
# Everything that needs no root: format, lint, import directions, types, unit tests. Under 60 s.
set -eu
cd "$(dirname "$0")/.."
sh tools/setup.sh none
PATH="$PWD/node_modules/.bin:$PATH"
step() { printf '== %s\n' "$*"; }
step format; oxfmt --check src test bench fuzz tools
step lint; oxlint --type-aware --deny-warnings src test bench fuzz tools
step imports; node tools/check-imports.ts
step reference; node tools/reference-docs.ts --check
step types; tsc
step unit; node --import ./tools/property-seed.ts --test --test-isolation=none --test-reporter=dot 'src/**/*.test.ts'
