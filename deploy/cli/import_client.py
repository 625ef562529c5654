"""Signs in as an editor, sends files of titles and of guides, exports guides, and formats errors."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from marquee.catalog.v1 import catalog_admin_service_pb2, catalog_admin_service_pb2_grpc
from marquee.epg.v1 import (
    epg_admin_service_pb2,
    epg_admin_service_pb2_grpc,
    epg_service_pb2,
    epg_service_pb2_grpc,
)
from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc

CHUNK_BYTES = 256 * 1024
IMPORT_TIMEOUT = 300.0
EXPORT_TIMEOUT = 60.0
FORMATS = {
    "lines": catalog_admin_service_pb2.IMPORT_FORMAT_JSON_LINES,
    "films": catalog_admin_service_pb2.IMPORT_FORMAT_WIKIPEDIA_FILMS,
}


class ImportRefused(Exception):
    """The platform refused the call or could not be reached; the text is for the user."""


@dataclass(frozen=True)
class Server:
    """The address of the platform (host:port) and the credentials of the editor."""

    address: str
    email: str
    password: str
    tls: bool = False

    def channel(self) -> grpc.Channel:
        """Returns a channel to the edge."""
        if self.tls:
            return grpc.secure_channel(self.address, grpc.ssl_channel_credentials())
        return grpc.insecure_channel(self.address)


def import_file(
    server: Server, file: Path, options: catalog_admin_service_pb2.ImportOptions, on_chunk_sent: Callable[[int], None]
) -> catalog_admin_service_pb2.ImportTitlesResponse:
    """Imports a file. Calls `on_chunk_sent` with the size of each chunk. Raises `ImportRefused`."""

    def requests() -> Iterator[catalog_admin_service_pb2.ImportTitlesRequest]:
        yield catalog_admin_service_pb2.ImportTitlesRequest(options=options)
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield catalog_admin_service_pb2.ImportTitlesRequest(chunk=chunk)
                on_chunk_sent(len(chunk))

    with _signed_in(server) as (channel, metadata):
        catalog = catalog_admin_service_pb2_grpc.CatalogAdminServiceStub(channel)
        return catalog.ImportTitles(requests(), timeout=IMPORT_TIMEOUT, metadata=metadata)


def import_guide(
    server: Server, file: BinaryIO, options: epg_admin_service_pb2.ImportOptions
) -> epg_admin_service_pb2.ImportGuideResponse:
    """Imports a guide. Raises `ImportRefused`."""

    def requests() -> Iterator[epg_admin_service_pb2.ImportGuideRequest]:
        yield epg_admin_service_pb2.ImportGuideRequest(options=options)
        while chunk := file.read(CHUNK_BYTES):
            yield epg_admin_service_pb2.ImportGuideRequest(chunk=chunk)

    with _signed_in(server) as (channel, metadata):
        epg = epg_admin_service_pb2_grpc.EpgAdminServiceStub(channel)
        return epg.ImportGuide(requests(), timeout=IMPORT_TIMEOUT, metadata=metadata)


def call_epg_admin(server: Server, method: str, request: Message) -> Any:
    """Returns the response of a method of EpgAdminService. Raises `ImportRefused`."""
    return call(server, epg_admin_service_pb2_grpc.EpgAdminServiceStub, method, request)


def call(server: Server, stub: Callable[[grpc.Channel], Any], method: str, request: Message) -> Any:
    """Returns the response of a method of the service of a stub. Raises `ImportRefused`."""
    with _signed_in(server) as (channel, metadata):
        return getattr(stub(channel), method)(request, timeout=IMPORT_TIMEOUT, metadata=metadata)


def export_guide(
    server: Server, request: epg_service_pb2.ExportGuideRequest | epg_service_pb2.ExportChannelsRequest
) -> Iterator[bytes]:
    """Yields the parts of the exported document. Raises `ImportRefused`."""
    with _signed_in(server) as (channel, metadata):
        epg = epg_service_pb2_grpc.EpgServiceStub(channel)
        if isinstance(request, epg_service_pb2.ExportGuideRequest):
            parts = epg.ExportGuide(request, timeout=EXPORT_TIMEOUT, metadata=metadata)
        else:
            parts = epg.ExportChannels(request, timeout=EXPORT_TIMEOUT, metadata=metadata)
        for part in parts:
            yield part.data


def format_error(error: grpc.RpcError) -> str:
    """Returns the message, the reason, and each invalid field of an error."""
    if not isinstance(error, grpc.Call):
        return str(error)
    status = rpc_status.from_call(error)
    if status is None:
        return f"{error.code().name}: {error.details()}"
    lines = [status.message]
    for detail in status.details:
        info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            metadata = ", ".join(f"{name} {value}" for name, value in sorted(info.metadata.items()))
            lines.append(f"  {info.reason}" + (f" ({metadata})" if metadata else ""))
        elif detail.Unpack(request):
            lines += [f"  {violation.field}: {violation.description}" for violation in request.field_violations]
    return "\n".join(lines)


@contextlib.contextmanager
def _signed_in(server: Server) -> Iterator[tuple[grpc.Channel, tuple[tuple[str, str], ...]]]:
    """Yields a channel and the metadata of the editor's calls. Raises `ImportRefused` if one of them fails."""
    with server.channel() as channel:
        try:
            yield channel, (("authorization", f"Bearer {_sign_in(channel, server)}"),)
        except grpc.RpcError as error:
            raise ImportRefused(format_error(error)) from error


def _sign_in(channel: grpc.Channel, server: Server) -> str:
    identity = identity_service_pb2_grpc.IdentityServiceStub(channel)
    request = identity_service_pb2.LogInRequest(email=server.email, password=server.password)
    return identity.LogIn(request, timeout=10.0).access_token
