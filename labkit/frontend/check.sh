#!/bin/sh
# Checks the front end: types, lint, format, tests, and that the committed bundles are what this source builds.
set -eu
cd "$(dirname "$0")"
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
./build.sh "$fresh"
diff -r "$fresh/jupyter/labextension" ../jupyter/labextension
cmp "$fresh/site/static/labkit-live.js" ../site/static/labkit-live.js
for bundle in "$fresh"/views/static/*.js; do
  cmp "$bundle" "../views/static/$(basename "$bundle")"
done
diff -r "$fresh/views/static/saved" ../views/static/saved
echo "The committed bundles are what this source builds."
npm run --silent lint
npm run --silent test
