"""Clients in a closed loop: each makes its next call when the one before is answered.

    python drive.py MIDDLEWARE CALL --node ADDRESS --clients 4 --seconds 2

Each client is a process of its own, so that no lock of Python's is what is measured. They connect,
make one call that is not counted, and begin together. Every answer is compared with what it must
be. Printed is one JSON object.
"""

import argparse
import json
import multiprocessing
import sys
import time

import clients
from services import WORDS

TEXT = "hola tonto, que tal, com estas, que feo ets deu meu"
CENSORED = "hola CENSORED, que tal, com estas, que CENSORED ets deu meu"


class Calls:
    """One client's calls, and whether each answer is right."""

    def __init__(self, client, call, number):
        self._client = client
        self._word = f"word-{number}"
        self._is_listed = False
        self.next = {"filter": self._filter, "random": self._random, "change": self._change}[call]

    def _filter(self):
        return self._client.filter(TEXT) == CENSORED

    def _random(self):
        return self._client.random() in WORDS

    def _change(self):
        """A word of this client's own goes in and out, so that the list stays short."""
        change = self._client.remove if self._is_listed else self._client.add
        self._is_listed = not self._is_listed
        return change(self._word) is True

    def finish(self):
        if self._is_listed:
            self._change()


def is_as_it_was(client):
    """A node may answer before it has seen a change that another one answered a moment ago."""
    until = time.monotonic() + clients.ANSWER_SECONDS
    while sorted(client.list()) != sorted(WORDS):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def run(arguments, number, together, results):
    outcome = {"answered": 0, "wrong": 0}
    try:
        service = "filter" if arguments.call == "filter" else "insults"
        client = clients.KINDS[arguments.middleware](service, arguments.node)
        calls = Calls(client, arguments.call, number)
        calls.next()
        together.wait(timeout=60)
        outcome["began"] = time.monotonic()
        until = outcome["began"] + arguments.seconds
        while time.monotonic() < until:
            outcome["wrong"] += not calls.next()
            outcome["answered"] += 1
        outcome["ended"] = time.monotonic()
        calls.finish()
        if arguments.call == "change":
            together.wait(timeout=60)
            if not is_as_it_was(client):
                outcome["failed"] = "the list is not what it was"
    except Exception as error:
        together.abort()
        outcome["failed"] = f"{type(error).__name__}: {error}"
    results.put(outcome)


def total(outcomes):
    failures = [outcome["failed"] for outcome in outcomes if "failed" in outcome]
    if failures:
        # A client that waits for others in vain says only that.
        own = [failure for failure in failures if not failure.startswith("BrokenBarrier")]
        return {"failed": (own or failures)[0]}
    answered = sum(outcome["answered"] for outcome in outcomes)
    wrong = sum(outcome["wrong"] for outcome in outcomes)
    if wrong:
        return {"failed": f"{wrong} of {answered} answers were wrong"}
    began = min(outcome["began"] for outcome in outcomes)
    ended = max(outcome["ended"] for outcome in outcomes)
    return {"answered": answered, "seconds": ended - began}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("middleware", choices=sorted(clients.KINDS))
    parser.add_argument("call", choices=["filter", "random", "change"])
    parser.add_argument("--node", action="append", required=True, help="repeatable")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0)
    arguments = parser.parse_args()
    # Forked, a client need not import again what is here already.
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(arguments.clients)
    results = fork.SimpleQueue()
    processes = [
        fork.Process(target=run, args=(arguments, number, together, results), daemon=True)
        for number in range(arguments.clients)
    ]
    for process in processes:
        process.start()
    outcome = total([results.get() for _ in processes])
    for process in processes:
        process.join()
    json.dump(outcome, sys.stdout)
    print()


if __name__ == "__main__":
    main()
