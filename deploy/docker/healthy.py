"""Asks this container's gRPC server for its health: `python -m deploy.docker.healthy [SERVICE]`; 0 means it serves."""

import asyncio
import sys

from deploy.local import health, topology

if __name__ == "__main__":
    service = "".join(sys.argv[1:2])
    sys.exit(0 if asyncio.run(health.grpc("127.0.0.1", topology.CONTAINER_PORT, service)()) else 1)
