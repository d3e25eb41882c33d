"""The command line that all nodes share, and how a node says that it takes requests."""

import argparse


def parse(description, where):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("service", choices=["filter", "insults"])
    parser.add_argument("--work-seconds", type=float, default=0.0, help="of each text filtered")
    parser.add_argument("--at", required=True, help=where)
    return parser.parse_args()


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def ready(where):
    """Printed once, when the first request would be answered."""
    print(f"ready {where}", flush=True)
