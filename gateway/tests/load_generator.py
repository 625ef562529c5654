"""Sends a steady load until its input ends: `python -m gateway.tests.load_generator <target> <method>`.

The callers pause between their calls, so that failures do not come from a lack of processor time.
"""

import asyncio
import collections
import json
import sys

import grpc

from gateway.tests import contracts, harness
from services.kit import testing

_CALLERS = 16
_REST_SECONDS = 0.02


async def run(target: str, name: str) -> None:
    """Calls over and over; prints the number of replicas whenever a new one has responded, and a summary at the end.

    For each number in a line of the input, it prints `done` after so many more calls.
    """
    outcomes: collections.Counter[str] = collections.Counter()
    replicas: collections.Counter[int] = collections.Counter()
    async with grpc.aio.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)]) as channel:
        call = channel.unary_unary(
            harness.SHOP + name,
            request_serializer=contracts.message(f"{name}Request").SerializeToString,
            response_deserializer=contracts.message(f"{name}Response").FromString,
        )
        request = contracts.message(f"{name}Request")(thing_id="a")
        await call(request, timeout=testing.PATIENCE, wait_for_ready=True)

        async def count() -> None:
            while line := await asyncio.to_thread(sys.stdin.readline):
                end = outcomes.total() + int(line)
                while outcomes.total() < end:
                    await answered.wait()
                    answered.clear()
                print("done", flush=True)  # noqa: T201 - the parent waits for this line

        answered = asyncio.Event()
        ended = asyncio.create_task(count())

        async def caller() -> None:
            while not ended.done():
                try:
                    replica = (await call(request, timeout=testing.PATIENCE)).replica
                except grpc.aio.AioRpcError as error:
                    outcomes[f"{error.code().name}: {error.details()}"] += 1
                else:
                    outcomes["OK"] += 1
                    replicas[replica] += 1
                    if replicas[replica] == 1:
                        print(len(replicas), flush=True)  # noqa: T201 - the parent waits for this line
                answered.set()
                await asyncio.sleep(_REST_SECONDS)

        await asyncio.gather(*(caller() for _ in range(_CALLERS)))
    print(json.dumps({"outcomes": outcomes, "replicas": list(replicas.values())}))  # noqa: T201 - as above


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2]))
