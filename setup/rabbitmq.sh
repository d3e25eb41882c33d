#!/usr/bin/env bash
# Makes sure that RabbitMQ's server is on this machine, for `make demo` and `make test`.
#
# It starts nothing: the demo and the tests run a private node of their own as an ordinary process.
# So the system service that the package brings is neither started nor left to start at boot.
# Nothing is done where RabbitMQ is already there, or where WARREN_BROKER_URL names a broker to use.
set -euo pipefail
# shellcheck source=setup/system.sh
. "$(dirname "$0")/system.sh"

policy=/usr/sbin/policy-rc.d
kept=$policy.kept-by-warren

# The wrapper on PATH refuses to run for most users; the node is started from these directories.
installed() {
    compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null ||
        compgen -G '/opt/rabbitmq/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null ||
        compgen -G '/usr/local/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null
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

say "RabbitMQ is missing (a broker of yours will do instead: set WARREN_BROKER_URL)"
can_install rabbitmq-server
if [ -e "$kept" ]; then
    die "an earlier run was cut off: move $kept back to $policy, then try again"
fi
say "installing the system's package 'rabbitmq-server', which brings Erlang (about 100 MB), with apt-get"
say "its service is not started, now or at boot; 'systemctl enable --now rabbitmq-server' changes that"
trap 'exit 130' INT TERM # A signal leaves through the EXIT trap too.
hold_services
install_package rabbitmq-server
if command -v systemctl >/dev/null; then
    # Where systemd does not run, only the links are removed, and that is all there is.
    as_root systemctl disable --quiet rabbitmq-server.service epmd.socket epmd.service 2>/dev/null || true
fi
installed || die "the package 'rabbitmq-server' was installed, but its server is not where it belongs: /usr/lib/rabbitmq"
say "RabbitMQ is installed"
