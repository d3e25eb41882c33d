"""A connection to Redis that asks for everything once, and waits for what comes.

By default redis-py gives up on a socket after 5 s and sends the command again, ten times: a request
could then be made twice, and an answer could take more than the 10 s that every client allows. How
long a wait for a list lasts is said to Redis itself, which ends it.
"""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def connect(host, port):
    return redis.Redis(host=host, port=port, socket_timeout=None, retry=Retry(NoBackoff(), 0))
