"""A node that is called through XML-RPC, with what Python brings.

One thread, one request at a time, as Python's documentation shows it; but clients that come at the
same moment wait in a queue of 128, because the default of 5 lets the kernel turn the others away.
"""

from xmlrpc.server import SimpleXMLRPCServer

import node_arguments
import services


class Server(SimpleXMLRPCServer):
    request_queue_size = 128


def main():
    arguments = node_arguments.parse(__doc__, "HOST:PORT to listen on; port 0 is any that is free")
    service = services.service(arguments.service, arguments.work_seconds)
    with Server(node_arguments.address(arguments.at), logRequests=False, allow_none=True) as server:
        server.register_instance(service)
        host, port = server.server_address
        node_arguments.ready(f"{host}:{port}")
        server.serve_forever()


if __name__ == "__main__":
    main()
