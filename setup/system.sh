# shellcheck shell=bash
# What the setup scripts share: talking to the user, and installing packages of the system.

say() { printf 'setup: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# can_install PACKAGE: stops, saying what to install, where it could not be installed from here.
can_install() {
    if ! command -v apt-get >/dev/null; then
        die "this machine has no apt: install '$1' (or what it is called here), then try again"
    fi
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        die "neither root nor sudo here: as root, run 'apt-get install $1', then try again"
    fi
}

install_package() {
    as_root apt-get -q update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$1"
}

policy=/usr/sbin/policy-rc.d
kept=$policy.kept-by-warren

# install_held_back PACKAGE: installs a server whose service is not to start with it.
install_held_back() {
    if [ -e "$kept" ]; then
        die "an earlier run was cut off: move $kept back to $policy, then try again"
    fi
    trap 'exit 130' INT TERM # A signal leaves through the EXIT trap too.
    hold_services "$1"
    install_package "$1"
}

# Package scripts ask policy-rc.d before they start a service; 101 means no.
hold_services() {
    if [ -e "$policy" ]; then
        local answer=0
        as_root "$policy" "$1" start >/dev/null 2>&1 || answer=$?
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
