#!/usr/bin/env bash
# Makes target/python, a virtual environment with the tools that the lint, the chart's test and the
# benchmark need, at the versions of setup/requirements.txt. Made again when that file changes.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=setup/system.sh
. setup/system.sh

environment=target/python
requirements=setup/requirements.txt

if cmp -s "$requirements" "$environment/requirements.txt" && "$environment/bin/python" -c '' 2>/dev/null; then
    exit 0
fi
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    say "Python's venv is missing: installing the system's package 'python3-venv' with apt-get"
    can_install python3-venv
    install_package python3-venv
fi
say "installing the Python tools of $requirements under $environment"
python3 -m venv --clear "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$environment/requirements.txt" # Last: its presence says that all went well.
