#!/bin/sh
# Builds the views' bundles and the plugin into their committed places; needs Node 20 and npm.
#   labkit/frontend/build.sh [OUTPUT_ROOT]
set -eu
cd "$(dirname "$0")"
[ -n "${LABKIT_SKIP_NPM_CI:-}" ] || npm ci --no-audit --no-fund --ignore-scripts
npx --no-install tsc --noEmit
node build.mjs "$@"
