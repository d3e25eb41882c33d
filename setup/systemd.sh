#!/usr/bin/env bash
# Checks the unit file as systemd reads it. `make lint` runs it.
#
# The unit names the installed program, which need not be on this machine: a copy that names a
# program every system has is what is checked.
set -euo pipefail
# shellcheck source=setup/system.sh
. "$(dirname "$0")/system.sh"

unit=systemd/warren-controller.service

if ! command -v systemd-analyze >/dev/null; then
    say "systemd-analyze, which checks $unit, is missing"
    can_install systemd
    install_package systemd
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
sed 's#/usr/local/bin/warren-controller#/bin/true#' "$unit" >"$copy/warren-controller.service"
status=0
said=$(systemd-analyze verify "$copy/warren-controller.service" 2>&1) || status=$?
# A key that systemd does not know is only a warning to it, and a hole in the unit all the same.
# What it says of this machine's other units is no matter here.
complaints=$(grep -F warren-controller.service <<<"$said") || true
if [ "$status" -ne 0 ] || [ -n "$complaints" ]; then
    die "$unit is not as it should be: ${complaints:-$said}"
fi
