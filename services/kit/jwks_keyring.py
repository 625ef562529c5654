"""Identity as the other services see it: the keys that verify access tokens."""

from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc

from services.kit import access_tokens, client


def of_identity(mesh: client.Mesh) -> access_tokens.JwksKeyring:
    """Returns the keyring that asks identity for its keys."""
    stub = identity_service_pb2_grpc.IdentityServiceStub(mesh.channel("identity"))

    async def fetch() -> bytes:
        document: bytes = (await stub.GetJwks(identity_service_pb2.GetJwksRequest())).data
        return document

    return access_tokens.JwksKeyring(fetch)
