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
