"""A node that is called through Pyro.

One thread that serves every connection in turn (Pyro's `multiplex` server), so that a node does one
thing at a time like the others; no name server, because the clients know the addresses.
"""

import Pyro5.api
from Pyro5 import config as pyro_config

import node_arguments
import services

OBJECT = "service"


def main():
    arguments = node_arguments.parse(__doc__, "HOST:PORT to listen on; port 0 is any that is free")
    pyro_config.SERVERTYPE = "multiplex"
    service = services.service(arguments.service, arguments.work_seconds)
    Pyro5.api.expose(type(service))
    host, port = node_arguments.address(arguments.at)
    with Pyro5.api.Daemon(host=host, port=port) as daemon:
        daemon.register(service, OBJECT)
        node_arguments.ready(daemon.locationStr)
        daemon.requestLoop()


if __name__ == "__main__":
    main()
