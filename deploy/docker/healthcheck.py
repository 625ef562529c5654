"""Checks the health of the gRPC server of this container.

`python -m deploy.docker.healthcheck [SERVICE]` exits with 0 when the server, or that service, is SERVING.
"""

import asyncio
import sys

from deploy.local import health_probes, topology

if __name__ == "__main__":
    service = "".join(sys.argv[1:2])
    result = asyncio.run(health_probes.grpc("127.0.0.1", topology.CONTAINER_PORT, service)())
    sys.exit(0 if result is health_probes.Result.SERVING else 1)
