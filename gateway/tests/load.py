"""Steady load from a process of its own, until its input ends: `python -m gateway.tests.load <target> <method>`."""

import asyncio
import collections
import json
import sys

import grpc

from gateway.tests import contracts, rig

_CALLERS = 16


async def run(target: str, name: str) -> None:
    """Calls without a pause; prints a line once the first call has passed, and the summary at the end."""
    outcomes: collections.Counter[str] = collections.Counter()
    replicas: collections.Counter[int] = collections.Counter()
    async with grpc.aio.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)]) as channel:
        call = channel.unary_unary(
            rig.SHOP + name,
            request_serializer=contracts.message(f"{name}Request").SerializeToString,
            response_deserializer=contracts.message(f"{name}Response").FromString,
        )
        request = contracts.message(f"{name}Request")(thing_id="a")
        await call(request, timeout=20, wait_for_ready=True)
        print("running", flush=True)  # noqa: T201 - the parent waits for this line
        ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))

        async def caller() -> None:
            while not ended.done():
                try:
                    replicas[(await call(request, timeout=10)).replica] += 1
                    outcomes["OK"] += 1
                except grpc.aio.AioRpcError as error:
                    outcomes[f"{error.code().name}: {error.details()}"] += 1

        await asyncio.gather(*(caller() for _ in range(_CALLERS)))
    print(json.dumps({"outcomes": outcomes, "replicas": list(replicas.values())}))  # noqa: T201 - as above


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2]))
