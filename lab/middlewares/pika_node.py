"""A node that consumes a queue of RabbitMQ with pika, and publishes each answer to `reply_to`.

What one writes first with pika: prefetch 100, each message acknowledged by itself once its answer
was sent; no confirmation of the answer is waited for.
The broker's URL comes in the environment, where no process list shows its password.
"""

import json
import os

import pika

import node_arguments
import services


def main():
    arguments = node_arguments.parse(__doc__, "the queue to consume")
    service = services.service(arguments.service, arguments.work_seconds)
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["WARREN_BROKER_URL"]))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=100)

    def on_message(channel, method, properties, body):
        if arguments.service == "filter":
            answer = service.censor(body.decode())
        else:
            answer = json.dumps(services.called(service, json.loads(body)))
        channel.basic_publish(
            exchange="",
            routing_key=properties.reply_to,
            properties=pika.BasicProperties(
                correlation_id=properties.correlation_id,
                delivery_mode=properties.delivery_mode,
            ),
            body=answer.encode(),
        )
        channel.basic_ack(method.delivery_tag)

    channel.basic_consume(arguments.at, on_message)
    node_arguments.ready(arguments.at)
    channel.start_consuming()


if __name__ == "__main__":
    main()
