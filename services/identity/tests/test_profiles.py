"""Changing a profile, and telling of it."""

import asyncio
from datetime import UTC, timedelta

import grpc
import jwt
import pytest
from google.protobuf import field_mask_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_admin_service_pb2, identity_internal_pb2, identity_pb2, identity_service_pb2
from sqlalchemy import text

from services.kit import ids, status, testing


async def update(harness, signed_in, *paths, profile_id=None, etag="", **fields):
    request = identity_service_pb2.UpdateProfileRequest(
        profile=identity_pb2.Profile(profile_id=profile_id or signed_in.profile.profile_id, etag=etag, **fields),
        update_mask=field_mask_pb2.FieldMask(paths=paths or list(fields)),
    )
    return (await harness.identity.UpdateProfile(request, metadata=testing.bearing(signed_in.access_token))).profile


async def listed(harness, signed_in):
    request = identity_service_pb2.ListProfilesRequest()
    return (await harness.identity.ListProfiles(request, metadata=testing.bearing(signed_in.access_token))).profiles


async def changes(harness):
    """Returns the published changes of profiles, in order."""
    async with harness.database.reading() as session:
        rows = await session.execute(text("SELECT event FROM outbox ORDER BY position"))
        events = [event_internal_pb2.Event.FromString(row.event) for row in rows]
    return [event.profile_changed for event in events if event.HasField("profile_changed")]


def language_of(access_token):
    return jwt.decode(access_token, options={"verify_signature": False})["lang"]


async def test_a_new_profile_is_still_to_be_asked_what_it_likes(harness):
    opened = await harness.registered()

    assert not opened.profile.preferences.HasField("answer_time")
    [change] = await changes(harness)
    assert (opened.account.account_id, opened.profile) == (change.account_id, change.profile)


async def test_what_a_profile_likes_is_kept_told_and_answered_everywhere(harness):
    opened = await harness.registered()
    harness.clock.advance(timedelta(minutes=1))
    liked = identity_pb2.Preferences(genre_ids=["mystery", "drama"], language_codes=["en", "hi"])

    changed = await update(harness, opened, preferences=liked)

    assert (["mystery", "drama"], ["en", "hi"]) == (
        list(changed.preferences.genre_ids),
        list(changed.preferences.language_codes),
    )
    assert harness.clock.now() == changed.preferences.answer_time.ToDatetime(UTC)
    bearing = testing.bearing(opened.access_token)
    account = await harness.identity.GetAccount(identity_service_pb2.GetAccountRequest(), metadata=bearing)
    response = await harness.internal.GetProfile(
        identity_internal_pb2.GetProfileRequest(profile_id=changed.profile_id),
        metadata=testing.as_service("recommendation"),
    )
    assert [changed] * 5 == [
        *await listed(harness, opened),
        account.profile,
        (await harness.log_in()).profile,
        response.profile,
        (await changes(harness))[-1].profile,
    ]
    assert opened.account.account_id == response.account_id


async def test_whoever_passes_was_asked_too(harness):
    opened = await harness.registered()

    passed = await update(harness, opened, "preferences")

    assert testing.NOW == passed.preferences.answer_time.ToDatetime(UTC)
    assert not passed.preferences.genre_ids


async def test_only_what_the_mask_names_is_changed(harness):
    opened = await harness.registered()

    changed = await update(
        harness, opened, "display_name", "avatar", display_name="Countess", avatar="owl", language_code="hi"
    )

    assert ("Countess", "owl", "en") == (changed.display_name, changed.avatar, changed.language_code)
    assert not changed.preferences.HasField("answer_time")


async def test_the_next_access_token_speaks_the_profiles_language(harness):
    opened = await harness.registered()

    await update(harness, opened, language_code="hi")

    refreshed = await harness.refresh(opened.refresh_token)
    selected = await harness.identity.SelectProfile(
        identity_service_pb2.SelectProfileRequest(profile_id=opened.profile.profile_id),
        metadata=testing.bearing(opened.access_token),
    )
    assert ["en", "hi", "hi", "hi"] == [
        language_of(response.access_token) for response in (opened, refreshed, selected, await harness.log_in())
    ]


@pytest.mark.parametrize(
    "path", ["maturity_ceiling", "profile_id", "create_time", "etag", "preferences.answer_time", "no_field"]
)
async def test_what_may_not_be_changed_is_named(harness, path):
    opened = await harness.registered()

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await update(harness, opened, "display_name", path, display_name="Countess", maturity_ceiling=5)

    error = status.raised_by(caught.value, "identity")
    assert ("FIELD_NOT_EDITABLE", {"field": path}) == (error.reason, error.metadata)
    assert ["Ada"] == [profile.display_name for profile in await listed(harness, opened)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", ""),
        ("display_name", "   "),
        ("display_name", "A" * 81),
        ("avatar", ""),
        ("avatar", "https://example.org/a.png"),
        ("language_code", ""),
        ("language_code", "english, please"),
    ],
)
async def test_no_profile_gets_a_value_that_none_may_have(harness, field, value):
    opened = await harness.registered()

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await update(harness, opened, field, **{field: value})

    error = status.raised_by(caught.value, "identity")
    assert ("FIELD_NOT_EDITABLE", {"field": field}) == (error.reason, error.metadata)


async def test_two_profiles_of_an_account_never_share_a_name(harness, refused):
    profiles = [identity_admin_service_pb2.ProfileImport(display_name=name) for name in ("Demo", "Kids")]
    account = identity_admin_service_pb2.AccountImport(
        email="d@ott.test", password="demo123", display_name="D", profiles=profiles
    )
    imported = await harness.imported(account)
    signed_in = await harness.log_in("d@ott.test", "demo123", profile_id=imported.profiles[0].profile.profile_id)

    async with refused("FIELD_NOT_EDITABLE"):
        await update(harness, signed_in, display_name="Kids")
    assert "Demo" == (await update(harness, signed_in, display_name="Demo")).display_name


async def test_a_mask_of_a_star_replaces_every_editable_field(harness):
    opened = await harness.registered()

    changed = await update(harness, opened, "*", display_name="Countess", avatar="owl", language_code="hi")

    assert ("Countess", "owl", "hi") == (changed.display_name, changed.avatar, changed.language_code)
    assert opened.profile.maturity_ceiling == changed.maturity_ceiling
    assert changed.preferences.HasField("answer_time")


async def test_an_empty_mask_changes_nothing(harness, refused):
    opened = await harness.registered()
    request = identity_service_pb2.UpdateProfileRequest(profile=opened.profile, update_mask=field_mask_pb2.FieldMask())

    async with refused("REQUEST_INVALID"):
        await harness.identity.UpdateProfile(request, metadata=testing.bearing(opened.access_token))


async def test_too_many_preferences_are_refused(harness, refused):
    opened = await harness.registered()

    for unfit in (
        identity_pb2.Preferences(genre_ids=[f"Genre {number}" for number in range(13)]),
        identity_pb2.Preferences(language_codes=["en"] * 2),
    ):
        async with refused("REQUEST_INVALID"):
            await update(harness, opened, preferences=unfit)


async def test_nobody_changes_a_profile_of_another_account(harness, refused):
    ours, theirs = await harness.registered(), await harness.registered("eve@example.org")

    for profile_id in (theirs.profile.profile_id, ids.new(), "no id"):
        async with refused("PROFILE_NOT_FOUND"):
            await update(harness, ours, profile_id=profile_id, display_name="Mine")
    async with refused("PROFILE_NOT_FOUND"):
        request = identity_service_pb2.UpdateProfileRequest(
            profile=identity_pb2.Profile(display_name="Mine"),
            update_mask=field_mask_pb2.FieldMask(paths=["display_name"]),
        )
        await harness.identity.UpdateProfile(request, metadata=testing.bearing(ours.access_token))

    assert ["Ada", "Ada"] == [(await listed(harness, whose))[0].display_name for whose in (ours, theirs)]


async def test_an_old_etag_is_told_to_read_again(harness, refused):
    opened = await harness.registered()
    first = await update(harness, opened, etag=opened.profile.etag, avatar="owl")

    async with refused("ETAG_MISMATCH"):
        await update(harness, opened, etag=opened.profile.etag, avatar="kite")

    assert "kite" == (await update(harness, opened, etag=first.etag, avatar="kite")).avatar


async def test_of_two_who_change_what_they_read_one_is_told_to_read_again(harness):
    opened = await harness.registered()

    results = await asyncio.gather(
        *(update(harness, opened, etag=opened.profile.etag, avatar=avatar) for avatar in ("owl", "kite")),
        return_exceptions=True,
    )

    refusals = [testing.reason_of(response) for response in results if isinstance(response, grpc.aio.AioRpcError)]
    assert ["ETAG_MISMATCH"] == refusals


async def test_what_changes_nothing_is_not_told(harness):
    opened = await harness.registered()

    same = await update(harness, opened, display_name=opened.profile.display_name)

    assert opened.profile == same
    assert 1 == len(await changes(harness))


async def test_only_services_ask_for_any_profile(harness, refused):
    opened = await harness.registered()
    request = identity_internal_pb2.GetProfileRequest(profile_id=opened.profile.profile_id)

    async with refused("METHOD_UNKNOWN"):
        await harness.internal.GetProfile(request, metadata=testing.bearing(opened.access_token))
    async with refused("PROFILE_NOT_FOUND"):
        await harness.internal.GetProfile(
            identity_internal_pb2.GetProfileRequest(profile_id=ids.new()), metadata=testing.as_service("recommendation")
        )
