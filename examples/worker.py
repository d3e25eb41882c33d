"""A worker for Warren in Python: docs/workers.md says why each part is there."""

import json, os, signal, socket, time
import pika


def work(text: str) -> str:
    time.sleep(0.005)  # Stands for real work.
    return text.upper()


class Status:
    """Tells the controller what this worker does: on change, at most five times a second."""

    def __init__(self):
        self.path = os.environ.get("WARREN_WORKER_STATUS_SOCKET")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.completed, self.busy_seconds, self.told, self.next_at = 0, 0.0, None, 0.0

    def tell(self, state, in_flight=0):
        report = {"id": os.environ.get("WARREN_WORKER_ID"), "state": state, "in_flight": in_flight,
                  "completed": self.completed, "busy_ms": int(self.busy_seconds * 1000)}
        if self.path and report != self.told and time.monotonic() >= self.next_at:
            try:
                self.socket.sendto(json.dumps(report).encode(), self.path)
                self.told, self.next_at = report, time.monotonic() + 0.2
            except OSError:
                pass  # Nobody listens, or too many speak at once: the next call tries again.


def on_message(channel, method, properties, body):
    status.tell("busy", in_flight=1)
    began = time.monotonic()
    result = work(body.decode(errors="replace")).encode()
    if properties.reply_to:
        about = pika.BasicProperties(correlation_id=properties.correlation_id,
                                     delivery_mode=properties.delivery_mode)
        try:  # Returns once the broker has confirmed the result.
            channel.basic_publish("", properties.reply_to, result, about, mandatory=True)
        except pika.exceptions.UnroutableError:
            print("nobody waits for the result of", properties.message_id, flush=True)
    channel.basic_ack(method.delivery_tag)
    status.completed += 1
    status.busy_seconds += time.monotonic() - began


stopping, status = [], Status()
signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
connection = pika.BlockingConnection(pika.URLParameters(os.environ["WARREN_WORKER_BROKER_URL"]))
channel = connection.channel()
channel.confirm_delivery()
channel.basic_qos(prefetch_count=1)
consumer = channel.basic_consume(os.environ["WARREN_WORKER_QUEUE"], on_message)
status.tell("ready")
while not stopping:
    connection.process_data_events(time_limit=0.2)
    status.tell("idle")
channel.basic_cancel(consumer)
connection.close()
