"""A fake service: serves the health check on a port, and misbehaves where a flag says so."""

import argparse
import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio


async def serve(port: int) -> None:
    server = aio.server()
    servicer = health_aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    await server.wait_for_termination()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--started", type=Path, help="append a line with the time to this file")
    parser.add_argument("--fail", action="store_true", help="exit at once with a message")
    parser.add_argument("--stubborn", action="store_true", help="ignore SIGTERM")
    parser.add_argument("--child", action="store_true", help="start a grandchild in a session of its own")
    parser.add_argument("--blocks", action="store_true", help="block the event loop for a moment at each SIGUSR1")
    options = parser.parse_args()
    if options.fail:
        sys.exit("the configuration is invalid")
    if options.stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if options.blocks:
        signal.signal(signal.SIGUSR1, lambda *_: time.sleep(0.7))
    if options.child:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    if options.started:
        with options.started.open("a") as file:
            file.write(f"{options.port} {time.monotonic()}\n")
    asyncio.run(serve(options.port))


if __name__ == "__main__":
    main()
