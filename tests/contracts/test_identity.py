"""Identity, and its fake in the tests of recommendation."""

import dataclasses

import jwt
import pytest
from marquee.identity.v1 import (
    identity_internal_pb2,
    identity_internal_pb2_grpc,
    identity_pb2,
    identity_service_pb2,
    identity_service_pb2_grpc,
)

from services.kit import access_tokens, ids, testing
from services.recommendation.tests import harness as recommendation_harness
from tests.contracts.implementations import by


@dataclasses.dataclass
class Identity:
    """Identity, and a profile without preferences, which the bearer of the token may change."""

    stub: identity_service_pb2_grpc.IdentityServiceStub
    internal: identity_internal_pb2_grpc.IdentityInternalServiceStub
    profile_id: str
    token: str


@pytest.fixture
async def real(identity_harness):
    registered = await identity_harness.registered()
    yield Identity(
        identity_harness.identity,
        identity_harness.internal,
        registered.profile.profile_id,
        registered.access_token,
    )


@pytest.fixture
async def of_recommendation():
    fake, profile_id = recommendation_harness.Identity(), ids.new()
    registrations = (
        (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, fake),
        (identity_internal_pb2_grpc.add_IdentityInternalServiceServicer_to_server, fake),
    )
    async with testing.channel_to(*registrations) as channel:
        yield Identity(
            identity_service_pb2_grpc.IdentityServiceStub(channel),
            identity_internal_pb2_grpc.IdentityInternalServiceStub(channel),
            profile_id,
            testing.a_token(profile_id=profile_id),
        )


@pytest.fixture
async def of_kit():
    register = identity_service_pb2_grpc.add_IdentityServiceServicer_to_server
    async with testing.channel_to((register, testing.KeySet())) as channel:
        yield Identity(identity_service_pb2_grpc.IdentityServiceStub(channel), None, "", testing.a_token())


def update(peer):
    profile = identity_pb2.Profile(
        profile_id=peer.profile_id, preferences=identity_pb2.Preferences(genre_ids=["mystery"], language_codes=["hi"])
    )
    request = identity_service_pb2.UpdateProfileRequest(profile=profile)
    request.update_mask.paths.append("preferences")
    return request


@by("real", "of_recommendation")
async def test_a_service_gets_a_profile_with_the_preferences_that_were_written_last(peer):
    async def profile():
        request = identity_internal_pb2.GetProfileRequest(profile_id=peer.profile_id)
        return (await peer.internal.GetProfile(request, metadata=testing.as_service("recommendation"))).profile

    before = await profile()
    updated = (await peer.stub.UpdateProfile(update(peer), metadata=testing.bearing(peer.token))).profile
    after = await profile()

    assert (peer.profile_id, []) == (before.profile_id, list(before.preferences.genre_ids))
    for each in (updated, after):
        assert peer.profile_id == each.profile_id
        assert (["mystery"], ["hi"]) == (list(each.preferences.genre_ids), list(each.preferences.language_codes))


@by("real", "of_kit")
async def test_the_key_set_holds_the_key_of_an_access_token(peer):
    async def fetch():
        document = await peer.stub.GetJwks(identity_service_pb2.GetJwksRequest())
        assert document.content_type == "application/jwk-set+json"
        return document.data

    key = await access_tokens.JwksKeyring(fetch).key(jwt.get_unverified_header(peer.token)["kid"])

    assert access_tokens.verified(peer.token, key, testing.NOW.timestamp())["sub"]
