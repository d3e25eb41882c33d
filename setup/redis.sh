#!/usr/bin/env bash
# Makes sure that Redis's server is on this machine, for `make middlewares`.
#
# It starts nothing: the comparison runs a private server of its own as an ordinary process. So the
# system service that the package brings is neither started nor left to start at boot.
# Nothing is done where Redis is already there.
set -euo pipefail
# shellcheck source=setup/system.sh
. "$(dirname "$0")/system.sh"

if command -v redis-server >/dev/null; then
    exit 0
fi

say "Redis, which Warren is compared with, is missing"
can_install redis-server
say "installing the system's package 'redis-server' (about 5 MB) with apt-get"
say "its service is not started, now or at boot; 'systemctl enable --now redis-server' changes that"
install_held_back redis-server
if command -v systemctl >/dev/null; then
    # Where systemd does not run, only the links are removed, and that is all there is.
    as_root systemctl disable --quiet redis-server.service 2>/dev/null || true
fi
command -v redis-server >/dev/null || die "the package 'redis-server' was installed, but there is no redis-server on PATH"
say "Redis is installed"
