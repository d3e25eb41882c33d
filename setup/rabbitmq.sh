#!/usr/bin/env bash
# Makes sure that RabbitMQ's server is on this machine, for `make demo` and `make test`.
#
# It starts nothing: the demo and the tests run a private node of their own as an ordinary process.
# So the system service that the package brings is neither started nor left to start at boot.
# Nothing is done where RabbitMQ is already there, or where WARREN_BROKER_URL names a broker to use.
set -euo pipefail
# shellcheck source=setup/system.sh
. "$(dirname "$0")/system.sh"

# The wrapper on PATH refuses to run for most users; the node is started from these directories.
installed() {
    compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null ||
        compgen -G '/opt/rabbitmq/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null ||
        compgen -G '/usr/local/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null
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
say "installing the system's package 'rabbitmq-server', which brings Erlang (about 100 MB), with apt-get"
say "its service is not started, now or at boot; 'systemctl enable --now rabbitmq-server' changes that"
install_held_back rabbitmq-server
if command -v systemctl >/dev/null; then
    # Where systemd does not run, only the links are removed, and that is all there is.
    as_root systemctl disable --quiet rabbitmq-server.service epmd.socket epmd.service 2>/dev/null || true
fi
installed || die "the package 'rabbitmq-server' was installed, but its server is not where it belongs: /usr/lib/rabbitmq"
say "RabbitMQ is installed"
