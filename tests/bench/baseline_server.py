"""A grpc.aio server that returns fixed bytes: the baseline of the services.

Run `python -m tests.bench.baseline_server PORT PATH=FILE…`: each method responses with the bytes in its file.
"""

import asyncio
import sys
from pathlib import Path

import grpc
import uvloop


class _FixedResponses(grpc.GenericRpcHandler):
    def __init__(self, responses: dict[str, bytes]) -> None:
        self._handlers = {path: self._handler(response) for path, response in responses.items()}

    def service(self, handler_call_details):
        return self._handlers.get(handler_call_details.method)

    @staticmethod
    def _handler(response: bytes):
        async def respond(_request, _context):
            return response

        return grpc.unary_unary_rpc_method_handler(respond)


async def _serve(port: str, responses: dict[str, bytes]) -> None:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((_FixedResponses(responses),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with_port, *methods = sys.argv[1:]
    uvloop.run(
        _serve(with_port, {path: Path(file).read_bytes() for path, file in (pair.split("=") for pair in methods)})
    )
