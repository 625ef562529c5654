"""A bare grpc.aio server that answers given bytes: what our services are measured against.

Run `python -m tests.bench.baseline_server PORT PATH=FILE…`: each method answers with the bytes in its file.
"""

import asyncio
import sys
from pathlib import Path

import grpc
import uvloop


class _Answers(grpc.GenericRpcHandler):
    def __init__(self, answers: dict[str, bytes]) -> None:
        self._handlers = {path: self._handler(answer) for path, answer in answers.items()}

    def service(self, handler_call_details):
        return self._handlers.get(handler_call_details.method)

    @staticmethod
    def _handler(answer: bytes):
        async def respond(_request, _context):
            return answer

        return grpc.unary_unary_rpc_method_handler(respond)


async def _serve(port: str, answers: dict[str, bytes]) -> None:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((_Answers(answers),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with_port, *methods = sys.argv[1:]
    uvloop.run(
        _serve(with_port, {path: Path(file).read_bytes() for path, file in (told.split("=") for told in methods)})
    )
