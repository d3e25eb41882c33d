"""The two services that every node in Python offers, in memory, however it is called."""

import random
import re
import time

WORDS = ["tonto", "inutil", "cap d'espicana", "cavero", "gordo", "feo", "perro"]


class Filter:
    """Replaces listed words that stand as whole words, in any case."""

    def __init__(self, work_seconds):
        self._work_seconds = work_seconds
        self._listed = re.compile(
            r"\b(?:" + "|".join(map(re.escape, WORDS)) + r")\b", re.IGNORECASE | re.ASCII
        )

    def censor(self, text):
        # Waiting, not computing: it stands for work that leaves the processor to others.
        if self._work_seconds:
            time.sleep(self._work_seconds)
        return self._listed.sub("CENSORED", text)


class Insults:
    """A list of words, each once."""

    def __init__(self):
        self._words = list(WORDS)

    def add(self, word):
        if word not in self._words:
            self._words.append(word)
        return True

    def remove(self, word):
        if word in self._words:
            self._words.remove(word)
        return True

    def list(self):
        return list(self._words)

    def random(self):
        return random.choice(self._words)


def called(insults, request):
    """The answer to a request as a message queue carries it: the JSON of docs/insults.md."""
    operation = request["op"]
    if operation in ("add", "remove"):
        getattr(insults, operation)(request["word"])
        return {"ok": True, "op": operation, "word": request["word"]}
    if operation == "list":
        return {"ok": True, "op": operation, "words": insults.list()}
    if operation == "random":
        return {"ok": True, "op": operation, "word": insults.random()}
    return {"ok": False, "error": f"unknown op {operation!r}"}


def service(name, work_seconds):
    return Filter(work_seconds) if name == "filter" else Insults()
