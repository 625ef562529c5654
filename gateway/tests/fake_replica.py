"""A replica of the shop as a process of its own: `python -m gateway.tests.fake_replica <port> <jwks file>`."""

import asyncio
import json
import os
import sys
from pathlib import Path

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from gateway.tests import contracts

_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".vtt": "text/vtt",
    ".xml": "application/xml",
    ".jpg": "image/jpeg",
}


class Shop:
    """Serves the shop's methods."""

    def __init__(self, jwks: bytes) -> None:
        self._jwks = jwks

    async def GetThing(self, request, context):
        if request.thing_id == "held":
            await asyncio.sleep(600)
        answer = contracts.message("GetThingResponse")(replica=os.getpid())
        answer.thing.thing_id = request.thing_id
        answer.thing.title = request.thing_id * 100 if request.thing_id == "long" else "A thing"
        for key, value in context.invocation_metadata():
            answer.metadata[key] = str(value)
        return answer

    async def UpdateThing(self, request, _context):
        return contracts.message("UpdateThingResponse")(thing=request.thing)

    async def Dawdle(self, _request, _context):
        await asyncio.sleep(600)
        return contracts.message("DawdleResponse")()

    async def Refuse(self, _request, context):
        status = status_pb2.Status(code=7, message="Not this one.")
        status.details.add().Pack(error_details_pb2.ErrorInfo(reason="NOT_THIS_ONE", domain="shop.marquee"))
        status.details.add().Pack(contracts.message("Explanation")(hint="Try the other."))
        trailers = (("grpc-status-details-bin", status.SerializeToString()),)
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, status.message, trailers)

    async def WatchThings(self, _request, context):
        if "x-hold" in dict(context.invocation_metadata()):
            yield contracts.message("WatchThingsResponse")()
            await asyncio.Event().wait()
        for number in range(3):
            answer = contracts.message("WatchThingsResponse")()
            answer.thing.thing_id = str(number)
            yield answer
            await asyncio.sleep(0.05)

    async def GetList(self, request, context):
        seen = dict(context.invocation_metadata())
        headers = {name: seen.get(name) for name in ("authorization", "x-marquee-viewer")}
        document = {"list": request.list_id, "token": request.token, **headers}
        content_type = _TYPES.get(Path(request.list_id).suffix, "text/plain")
        return contracts.message("google.api.HttpBody")(content_type=content_type, data=json.dumps(document).encode())

    async def ExportList(self, request, _context):
        for _ in range(request.part_count):
            yield contracts.message("google.api.HttpBody")(content_type="text/plain", data=b"x" * 100_000)

    async def GetJwks(self, _request, _context):
        return contracts.message("google.api.HttpBody")(content_type="application/json", data=self._jwks)

    GetPlaybackJwks = GetJwks


def handlers(shop: Shop) -> list[grpc.GenericRpcHandler]:
    """Returns handlers of every method; methods that the shop lacks return an empty response."""
    found = []
    for name in ("ShopService", "StockService"):
        service = contracts.pool().FindServiceByName(f"marquee.shop.v1.{name}")
        methods = {method.name: _handler(shop, method) for method in service.methods}
        found.append(grpc.method_handlers_generic_handler(service.full_name, methods))
    return found


def _handler(shop, method):
    answer = contracts.message(method.output_type.full_name)

    async def empty(_request, _context):
        return answer()

    make = grpc.unary_stream_rpc_method_handler if method.server_streaming else grpc.unary_unary_rpc_method_handler
    return make(
        getattr(shop, method.name, empty),
        request_deserializer=contracts.message(method.input_type.full_name).FromString,
        response_serializer=answer.SerializeToString,
    )


async def serve(port: int, jwks: bytes) -> None:
    """Serves until killed."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers(handlers(Shop(jwks)))
    state = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    await state.set("", health_pb2.HealthCheckResponse.SERVING)
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
