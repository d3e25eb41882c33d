"""The plain consumer that `make bench` compares the filter worker with.

What one writes first with pika: prefetch 100, the same seven words, the result published to
reply_to, each message acknowledged by itself. It waits for no confirmation of what it publishes,
which the filter worker does; with --confirm it waits for each, as pika's blocking connection does.

    WARREN_BROKER_URL=amqp://... python pika_filter.py QUEUE MESSAGES [--confirm]
"""

import os
import sys

import pika

WORDS = ["tonto", "inutil", "cap d'espicana", "cavero", "gordo", "feo", "perro"]


def main() -> None:
    queue, messages = sys.argv[1], int(sys.argv[2])
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["WARREN_BROKER_URL"]))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=100)
    if "--confirm" in sys.argv[3:]:
        channel.confirm_delivery()
    done = 0

    def on_message(channel, method, properties, body):
        nonlocal done
        text = body.decode()
        for word in WORDS:
            text = text.replace(word, "CENSORED")
        channel.basic_publish(
            exchange="",
            routing_key=properties.reply_to,
            properties=pika.BasicProperties(
                correlation_id=properties.correlation_id,
                delivery_mode=properties.delivery_mode,
            ),
            body=text.encode(),
        )
        channel.basic_ack(method.delivery_tag)
        done += 1
        if done == messages:
            channel.stop_consuming()

    channel.basic_consume(queue, on_message)
    channel.start_consuming()
    connection.close()


if __name__ == "__main__":
    main()
