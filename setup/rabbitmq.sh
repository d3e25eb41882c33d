#!/usr/bin/env bash
# Makes sure that RabbitMQ's server is on this machine, for `make demo` and `make test`.
#
# It starts nothing: the demo and the tests run a private node of their own as an ordinary process.
# So the system service that the package brings is neither started nor left to start at boot.
# Nothing is done where RabbitMQ is already there, or where WARREN_BROKER_URL names a broker to use.
set -euo pipefail

policy=/usr/sbin/policy-rc.d
kept=$policy.kept-by-warren

say() { printf 'setup: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

installed() {
    # The wrapper on PATH refuses to run for most users; the node is started from this directory.
    compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null ||
        compgen -G '/usr/lib/rabbitmq/sbin/rabbitmq-server' >/dev/null ||
        command -v rabbitmq-server >/dev/null
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Package scripts ask policy-rc.d before they start a service; 101 means no.
hold_services() {
    if [ -e "$policy" ]; then
        local answer=0
        as_root "$policy" rabbitmq-server start >/dev/null 2>&1 || answer=$?
        if [ "$answer" -eq 101 ]; then
            return # This machine's own policy already holds the service back.
        fi
        as_root mv "$policy" "$kept"
    fi
    trap release_services EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
}

release_services() {
    as_root rm -f "$policy"
    if [ -e "$kept" ]; then
        as_root mv "$kept" "$policy"
    fi
}

if [ -n "${WARREN_BROKER_URL:-}" ]; then
    say "using the broker that WARREN_BROKER_URL names"
    exit 0
fi
if installed; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    die "RabbitMQ is missing and this machine has no apt: install the package 'rabbitmq-server' (3.10 or newer), or set WARREN_BROKER_URL to a broker of yours"
fi
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    die "RabbitMQ is missing: as root, run 'apt-get install rabbitmq-server', or set WARREN_BROKER_URL to a broker of yours"
fi

say "RabbitMQ is missing: installing the system package 'rabbitmq-server' (it brings Erlang, about 100 MB) with apt-get$([ "$(id -u)" -eq 0 ] || echo ', through sudo')"
say "its system service is not started, now or at boot; 'systemctl enable --now rabbitmq-server' changes that"
if [ -e "$kept" ]; then
    die "an earlier run was cut off: move $kept back to $policy, then try again"
fi
trap 'exit 130' INT TERM # A signal leaves through the EXIT trap too.
hold_services
as_root apt-get -q update
as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends rabbitmq-server
if command -v systemctl >/dev/null; then
    # Only the links are removed; on a machine without systemd running that is all there is.
    as_root systemctl disable --quiet rabbitmq-server.service epmd.socket epmd.service 2>/dev/null || true
fi
installed || die "the package 'rabbitmq-server' was installed, but no server is under /usr/lib/rabbitmq"
say "RabbitMQ is installed"
