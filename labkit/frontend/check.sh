#!/bin/sh
# Checks the front end: types, lint, format, tests, and that the committed bundles are what this source builds.
set -eu
cd "$(dirname "$0")"
[ -n "${LABKIT_SKIP_NPM_CI:-}" ] || npm ci --no-audit --no-fund --ignore-scripts
npx --no-install tsc --noEmit

# The fresh build runs in another folder, with a space in its name: no output may depend on the folder.
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
mkdir "$fresh/other folder"
for name in *; do
  case $name in
    node_modules) ln -s "$PWD/node_modules" "$fresh/other folder/node_modules" ;;
    build) ;;
    *) cp -R "$name" "$fresh/other folder/" ;;
  esac
done
node "$fresh/other folder/build.mjs" "$fresh"
diff -r "$fresh/jupyter/labextension" ../jupyter/labextension
diff -r "$fresh/site/play/scripts" ../site/play/scripts
cmp "$fresh/site/play/service-worker.js" ../site/play/service-worker.js
for bundle in "$fresh"/views/static/*.js; do
  cmp "$bundle" "../views/static/$(basename "$bundle")"
done
diff -r "$fresh/views/static/saved" ../views/static/saved
diff -r "$fresh/views/static/words" ../views/static/words
echo "The committed bundles are what this source builds."
npm run --silent lint
npm run --silent test
