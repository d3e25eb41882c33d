"""How a client calls the two services through each middleware, one call at a time.

A client of several nodes asks one after the other in turn where it has to choose (XML-RPC, Pyro);
where requests wait in a list or queue, the node that is free takes the next.
"""

import itertools
import json
import os
import socket
import uuid
import xmlrpc.client

import pika
import Pyro5.api
from Pyro5 import config as pyro_config

import redis_connection

# An answer that takes longer is lost.
ANSWER_SECONDS = 10


class Lost(Exception):
    """No answer came in time."""


class _InTurn:
    """Calls methods of proxies, one proxy after the other."""

    def __init__(self, proxies):
        self._proxies = itertools.cycle(proxies)

    def filter(self, text):
        return next(self._proxies).censor(text)

    def add(self, word):
        return next(self._proxies).add(word)

    def remove(self, word):
        return next(self._proxies).remove(word)

    def list(self):
        return next(self._proxies).list()

    def random(self):
        return next(self._proxies).random()


class XmlRpc(_InTurn):
    def __init__(self, service, nodes):
        socket.setdefaulttimeout(ANSWER_SECONDS)
        super().__init__([xmlrpc.client.ServerProxy(f"http://{node}") for node in nodes])


class Pyro(_InTurn):
    def __init__(self, service, nodes):
        pyro_config.COMMTIMEOUT = ANSWER_SECONDS
        super().__init__([Pyro5.api.Proxy(f"PYRO:service@{node}") for node in nodes])


class _Messages:
    """Requests and answers as messages: a text to be filtered is its own message."""

    def filter(self, text):
        return self._ask(text)

    def add(self, word):
        return self._call({"op": "add", "word": word})["ok"]

    def remove(self, word):
        return self._call({"op": "remove", "word": word})["ok"]

    def list(self):
        return self._call({"op": "list"})["words"]

    def random(self):
        return self._call({"op": "random"})["word"]

    def _call(self, request):
        answer = json.loads(self._ask(request))
        if not answer["ok"]:
            raise ValueError(answer["error"])
        return answer


class Redis(_Messages):
    def __init__(self, service, nodes):
        self._service = service
        host, port = nodes[0].rsplit(":", 1)
        self._connection = redis_connection.connect(host, int(port))
        self._reply_to = f"answers.{uuid.uuid4()}"

    def _ask(self, request):
        key = "text" if self._service == "filter" else "call"
        message = json.dumps({key: request, "reply_to": self._reply_to})
        self._connection.rpush(self._service, message)
        answer = self._connection.blpop([self._reply_to], timeout=ANSWER_SECONDS)
        if answer is None:
            raise Lost
        return answer[1].decode()


class Pika(_Messages):
    """The answer comes to a queue of this client's own, consumed without acknowledgement."""

    def __init__(self, service, nodes):
        self._queue = nodes[0]
        self._connection = pika.BlockingConnection(
            pika.URLParameters(os.environ["WARREN_BROKER_URL"])
        )
        self._channel = self._connection.channel()
        self._reply_to = self._channel.queue_declare("", exclusive=True).method.queue
        self._channel.basic_consume(self._reply_to, self._on_answer, auto_ack=True)
        self._sent = 0
        self._answer = None

    def _on_answer(self, channel, method, properties, body):
        if properties.correlation_id == str(self._sent):
            self._answer = body.decode()

    def _ask(self, request):
        self._sent += 1
        self._answer = None
        self._channel.basic_publish(
            exchange="",
            routing_key=self._queue,
            properties=pika.BasicProperties(
                reply_to=self._reply_to, correlation_id=str(self._sent), delivery_mode=1
            ),
            body=request if isinstance(request, str) else json.dumps(request),
        )
        # What comes first counts: the answer, or the end of the time that it has.
        timer = self._connection.call_later(ANSWER_SECONDS, self._give_up)
        while self._answer is None:
            self._connection.process_data_events(time_limit=None)
        self._connection.remove_timeout(timer)
        return self._answer

    def _give_up(self):
        raise Lost


KINDS = {"xmlrpc": XmlRpc, "pyro": Pyro, "redis": Redis, "pika": Pika}
