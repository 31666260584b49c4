#!/bin/sh
# Builds into an empty folder and compares with what is committed; fails when they differ.
set -eu
cd "$(dirname "$0")"
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
./build.sh "$fresh"
diff -r "$fresh/jupyter/labextension" ../jupyter/labextension
for bundle in "$fresh"/views/static/*.js; do
  cmp "$bundle" "../views/static/$(basename "$bundle")"
done
echo "The committed bundles are what this source builds."
