"""A node that takes its requests from a list in Redis, and pushes each answer to the list that the
request names. Any number of nodes share one list.

A request leaves the list when it is taken, so a node that dies takes it along.
"""

import json

import node_arguments
import redis_connection
import services


def main():
    arguments = node_arguments.parse(__doc__, "HOST:PORT of Redis")
    service = services.service(arguments.service, arguments.work_seconds)
    host, port = node_arguments.address(arguments.at)
    connection = redis_connection.connect(host, port)
    connection.ping()
    node_arguments.ready(arguments.at)
    while True:
        _, taken = connection.blpop([arguments.service])
        request = json.loads(taken)
        if arguments.service == "filter":
            answer = service.censor(request["text"])
        else:
            answer = json.dumps(services.called(service, request["call"]))
        connection.rpush(request["reply_to"], answer)


if __name__ == "__main__":
    main()
