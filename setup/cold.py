#!/usr/bin/env python3
"""Measures a stranger's first `make demo`, beside what it was, and beside what is shipped.

`COLD=1 .ci/run` runs it. It clones this commit and the one it is compared with, downloads their
crates, and runs `make demo` in each with nothing built, on two cores. Then the demo runs with the
profiles quick and dist in turns, and the medians of three are compared, because a single run's
p99 differs by a tenth from the next. What is not committed is not measured. It takes about half an
hour, and wants the machine to itself.

    python3 setup/cold.py            all of it
    python3 setup/cold.py --quick    only the cold `make demo` of this commit
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

BEFORE = "9862dd7"  # The last commit whose `make demo` built all programs in the release profile.
CORES = 2
WALL_SECONDS_MAX = 240
CPU_RATIO_MAX = 0.3
P99_RATIO_MAX = 1.15
ROUNDS = 3
HERE = Path(__file__).resolve().parent.parent
TOOLCHAIN = tomllib.loads((HERE / "rust-toolchain.toml").read_text())["toolchain"]["channel"]

# Stands in for cargo in `make demo`: what the build takes is told apart from what the demo takes.
TIMED_CARGO = """#!/usr/bin/env bash
TIMEFORMAT='%R %U %S'
{ time cargo "$@" 2>&3; } 3>&2 2>>"$WARREN_COLD_TIMES"
"""


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*command, directory, environment=None):
    """Runs a command whose output is for the eye; gives its seconds: wall, CPU."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=directory, env=environment, stdout=sys.stderr, check=True)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Checkout:
    """A fresh clone of a commit, its crates downloaded and nothing built."""

    def __init__(self, scratch, commit):
        self.commit = commit
        self.directory = scratch / commit
        self.times = scratch / f"{commit}.times"
        self.cargo = scratch / "cargo"
        self.cargo.write_text(TIMED_CARGO)
        self.cargo.chmod(0o755)
        clone = ["git", "clone", "--quiet", "--shared", "--no-checkout"]
        run(*clone, HERE, self.directory, directory=HERE)
        run("git", "checkout", "--quiet", "--detach", commit, directory=self.directory)
        run("cargo", "fetch", "--quiet", "--locked", directory=self.directory)

    def demo(self, *arguments):
        """`make demo`; gives the seconds, wall and CPU, of its build, and of all of it."""
        self.times.write_text("")
        environment = {**os.environ, "WARREN_COLD_TIMES": str(self.times)}
        # Both commits are built by the same Rust: the older one has no rust-toolchain.toml.
        environment.setdefault("RUSTUP_TOOLCHAIN", TOOLCHAIN)
        for variable in ("CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "RUSTC_WRAPPER"):
            environment.pop(variable, None)
        command = ["make", "demo", f"CARGO={self.cargo}", *arguments]
        whole = run(*command, directory=self.directory, environment=environment)
        wall, user, system = (float(figure) for figure in self.times.read_text().split())
        return (wall, user + system), whole

    def report(self):
        return json.loads((self.directory / "target/demo/report.json").read_text())


def cold(scratch, commit):
    """The first `make demo` of a commit, and the clone that it ran in."""
    say(f"\n== make demo at {commit}, nothing built")
    checkout = Checkout(scratch, commit)
    (build_wall, build_cpu), (wall, cpu) = checkout.demo()
    print(f"{'cold make demo at ' + commit:<28}{'wall':>8}{'CPU':>10}")
    for what, seconds, cpu_seconds in [
        ("build", build_wall, build_cpu),
        ("demo", wall - build_wall, cpu - build_cpu),
        ("both", wall, cpu),
    ]:
        print(f"{what:<28}{seconds:>6.0f} s{cpu_seconds:>8.0f} s")
    return checkout, wall, cpu


def profiles(checkout):
    """The medians of p99 with quick and with dist, and how many messages any of the runs lost."""
    lost, waits = 0, {"quick": [], "dist": []}
    for number in range(ROUNDS):
        for profile, seconds in waits.items():
            say(f"\n== demo with {profile}, {number + 1} of {ROUNDS}")
            checkout.demo(f"PROFILE={profile}")
            report = checkout.report()
            seconds.append(report["wait_seconds"]["p99"])
            lost += report["lost"]
    return statistics.median(waits["quick"]), statistics.median(waits["dist"]), lost


def held(what, value, most, unit=""):
    met = value <= most
    verdict = "met" if met else "MISSED"
    print(f"{what:<28}{value:>8.2f}{unit}, held to {most}{unit}: {verdict}")
    return met


def known(commit):
    """What git calls a commit, or nothing where the history does not reach back to it."""
    command = ["git", "rev-parse", "--short=7", "--verify", "--quiet", f"{commit}^{{commit}}"]
    found = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    return found.stdout.strip()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="only this commit's cold demo")
    arguments = parser.parse_args()
    if not arguments.quick and not known(BEFORE):
        sys.exit(f"error: {BEFORE} is not in this clone's history: `git fetch --unshallow`")
    sys.stdout.reconfigure(line_buffering=True)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory(prefix="warren-cold-") as directory:
        scratch = Path(directory)
        now, wall, cpu = cold(scratch, known("HEAD"))
        met = [held("wall seconds", wall, WALL_SECONDS_MAX, " s")]
        if not arguments.quick:
            _, _, before = cold(scratch, BEFORE)
            quick, dist, lost = profiles(now)
            print(f"\np99 of the demo, median of {ROUNDS}: quick {quick:.3f} s, dist {dist:.3f} s")
            met += [
                held("CPU seconds over before's", cpu / before, CPU_RATIO_MAX),
                held("p99 of quick over dist's", quick / dist, P99_RATIO_MAX),
                held("messages lost", lost, 0),
            ]
    if not all(met):
        sys.exit(1)


if __name__ == "__main__":
    main()
