"""Speaks to the catalogue for an editor: signs in, sends a file of titles, reads refusals."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from marquee.catalog.v1 import catalog_admin_service_pb2, catalog_admin_service_pb2_grpc
from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc

CHUNK = 256 * 1024
PATIENCE = 300.0
FORMATS = {
    "lines": catalog_admin_service_pb2.IMPORT_FORMAT_JSON_LINES,
    "films": catalog_admin_service_pb2.IMPORT_FORMAT_WIKIPEDIA_FILMS,
}


class Refused(Exception):
    """The platform refused the call or could not be reached; the text is for a person."""


@dataclass(frozen=True)
class Server:
    """Where the platform is (host:port), and who signs in."""

    address: str
    email: str
    password: str
    tls: bool = False

    def channel(self) -> grpc.Channel:
        """A connection to the edge."""
        if self.tls:
            return grpc.secure_channel(self.address, grpc.ssl_channel_credentials())
        return grpc.insecure_channel(self.address)


def send(
    server: Server, file: Path, options: catalog_admin_service_pb2.ImportOptions, sent: Callable[[int], None]
) -> catalog_admin_service_pb2.ImportTitlesResponse:
    """Imports a file; `sent` is told the bytes of each chunk. Fails with `Refused`."""

    def parts() -> Iterator[catalog_admin_service_pb2.ImportTitlesRequest]:
        yield catalog_admin_service_pb2.ImportTitlesRequest(options=options)
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield catalog_admin_service_pb2.ImportTitlesRequest(chunk=chunk)
                sent(len(chunk))

    with server.channel() as channel:
        try:
            token = _sign_in(channel, server)
            catalog = catalog_admin_service_pb2_grpc.CatalogAdminServiceStub(channel)
            metadata = (("authorization", f"Bearer {token}"),)
            return catalog.ImportTitles(parts(), timeout=PATIENCE, metadata=metadata)
        except grpc.RpcError as error:
            raise Refused(explain(error)) from error


def explain(error: grpc.RpcError) -> str:
    """What the platform said in refusing: message, reason, and each field that is wrong."""
    if not isinstance(error, grpc.Call):
        return str(error)
    status = rpc_status.from_call(error)
    if status is None:
        return f"{error.code().name}: {error.details()}"
    lines = [status.message]
    for detail in status.details:
        info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            told = ", ".join(f"{name} {value}" for name, value in sorted(info.metadata.items()))
            lines.append(f"  {info.reason}" + (f" ({told})" if told else ""))
        elif detail.Unpack(request):
            lines += [f"  {violation.field}: {violation.description}" for violation in request.field_violations]
    return "\n".join(lines)


def _sign_in(channel: grpc.Channel, server: Server) -> str:
    identity = identity_service_pb2_grpc.IdentityServiceStub(channel)
    request = identity_service_pb2.LogInRequest(email=server.email, password=server.password)
    return identity.LogIn(request, timeout=10.0).access_token
