"""Identity as the other services see it: the keys that verify access tokens."""

from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc

from services.kit import client, tokens


def of_identity(mesh: client.Mesh) -> tokens.JwksKeyring:
    """Returns the keyring that asks identity for its keys."""
    stub = identity_service_pb2_grpc.IdentityServiceStub(mesh.channel("identity"))

    async def fetch() -> bytes:
        document: bytes = (await stub.GetJwks(identity_service_pb2.GetJwksRequest())).data
        return document

    return tokens.JwksKeyring(fetch)
