"""A service proves its identity with its own key; each token is valid only for the service that is called."""

from datetime import timedelta

import jwt
import orjson
import pytest

from services.kit import access_tokens, config, service_identity, signing, testing


def token_of(signer, *, claimed="", **claims):
    """Returns a mesh token for catalog, signed by `signer`; it claims to be from `claimed` if that is given."""
    now = testing.a_clock().seconds()
    claimed = claimed or signer
    payload = {"iss": claimed, "sub": claimed, "aud": "catalog", "exp": now + 300, **claims}
    key_id = service_identity.key_id(claimed, testing.service_key(claimed).public_key())
    return jwt.encode(payload, testing.service_key(signer), algorithm=access_tokens.ALGORITHM, headers={"kid": key_id})


def test_a_service_is_identified_by_its_key():
    token = testing.an_identity("playback").token_for("catalog")

    assert "playback" == testing.an_identity("catalog").verify(token, "catalog")


def test_a_token_for_one_service_is_refused_by_another():
    verifier = testing.an_identity("catalog")
    token = testing.an_identity("playback").token_for("catalog")

    for _ in range(2):
        with pytest.raises(access_tokens.TokenInvalid):
            verifier.verify(token, "packager")
        assert "playback" == verifier.verify(token, "catalog")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        token_of("viewing", claimed="playback"),
        token_of("viewing", iss="playback"),
        token_of("viewing", sub="playback"),
        token_of("viewing", sub=None),
        token_of("viewing", aud=None),
        token_of("viewing", aud=7),
        token_of("viewing") + "=",
        jwt.encode({"sub": "viewing", "aud": "catalog", "exp": 9e9}, "", algorithm="none"),
        testing.a_token(),
    ],
)
def test_no_service_can_sign_for_another(token):
    with pytest.raises(access_tokens.TokenInvalid):
        testing.an_identity("catalog").verify(token, "catalog")


def test_a_token_is_cached_per_service_and_renewed_before_it_expires():
    time = testing.a_clock()
    caller = testing.an_identity("playback", time)
    first = caller.token_for("catalog")

    assert first == caller.token_for("catalog")
    assert first != caller.token_for("packager")
    time.advance(timedelta(seconds=151))
    assert first != caller.token_for("catalog")


def test_a_token_that_was_good_is_refused_once_it_has_ended():
    time = testing.a_clock()
    verifier = testing.an_identity("catalog", time)
    token = token_of("playback", exp=time.seconds() + 30)
    verifier.verify(token, "catalog")
    time.advance(timedelta(seconds=30))

    with pytest.raises(access_tokens.TokenExpired):
        verifier.verify(token, "catalog")


def publish_keys(path, *services):
    keys = {service: testing.service_key(service).public_key() for service in services}
    entries = [signing.jwk(service_identity.key_id(service, key), key) for service, key in keys.items()]
    fresh = path.with_suffix(".new")
    fresh.write_bytes(orjson.dumps({"keys": entries}))
    fresh.replace(path)
    return service_identity.KeySetFile(path)


def test_a_withdrawn_key_is_refused_within_a_minute(tmp_path):
    time = testing.a_clock()
    keys = publish_keys(tmp_path / "services.json", "catalog", "playback")
    verifier = service_identity.ServiceIdentity("catalog", testing.service_key("catalog"), keys, time)
    token = testing.an_identity("playback", time).token_for("catalog")
    assert "playback" == verifier.verify(token, "catalog")

    publish_keys(tmp_path / "services.json", "catalog")
    time.advance(timedelta(seconds=service_identity.REMEMBERED_SECONDS))

    with pytest.raises(access_tokens.TokenInvalid):
        verifier.verify(token, "catalog")


def test_a_running_service_keeps_its_keys_when_the_file_is_broken(tmp_path):
    path = tmp_path / "services.json"
    keys = publish_keys(path, "playback")
    path.write_bytes(b"{")

    assert keys.key(service_identity.key_id("playback", testing.service_key("playback").public_key()))


def a_config(**changes):
    return config.common({**testing.process_variables("catalog"), **changes})


def test_a_service_starts_with_its_own_key():
    assert service_identity.load("catalog", a_config(), testing.a_clock()).token_for("playback")


@pytest.mark.parametrize(
    "changes",
    [
        {"MARQUEE_SERVICE_KEY": ""},
        {"MARQUEE_SERVICE_JWKS": ""},
        {"MARQUEE_SERVICE_KEY": "/nowhere/key.pem"},
        {"MARQUEE_SERVICE_JWKS": "/nowhere/services.json"},
        {"MARQUEE_SERVICE_KEY": testing.process_variables("playback")["MARQUEE_SERVICE_KEY"]},
        {"MARQUEE_SERVICE_JWKS": testing.process_variables("catalog")["MARQUEE_SERVICE_KEY"]},
    ],
    ids=["no key", "no key set", "lost key", "lost key set", "key of another service", "broken key set"],
)
def test_a_service_does_not_start_without_its_own_key(changes):
    with pytest.raises(config.ConfigError):
        service_identity.load("catalog", a_config(**changes), testing.a_clock())
