"""Signing keys: created once, readable only by their owner, and rotated without invalidating tokens."""

import json
import stat
import subprocess
import sys

import jwt
import pytest

from services.kit import config, signing

CLAIMS = {"iss": "marquee", "aud": "marquee", "sub": "somebody"}


def key_id_of(token):
    return jwt.get_unverified_header(token)["kid"]


def published(keys):
    return [entry["kid"] for entry in json.loads(keys.jwks())["keys"]]


def test_only_the_owner_can_read_the_keys(tmp_path):
    folder = tmp_path / "a" / "keys"
    signing.SigningKeys(folder)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert {"current.pem": 0o600, "next.pem": 0o600} == modes
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)


def test_replicas_that_start_at_the_same_time_use_the_same_keys(tmp_path):
    program = "import sys, pathlib; from services.kit import signing; "
    program += "print(signing.SigningKeys(pathlib.Path(sys.argv[1])).jwks().decode())"
    command = [sys.executable, "-c", program, str(tmp_path / "keys")]

    replicas = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    key_sets = {replica.communicate()[0] for replica in replicas}

    assert 1 == len(key_sets)
    assert [0] * 4 == [replica.returncode for replica in replicas]


async def test_tokens_stay_valid_after_a_rotation(tmp_path):
    keys = signing.SigningKeys(tmp_path)
    before = keys.sign(CLAIMS)
    published_before = published(keys)

    signing.rotate(tmp_path)
    after = keys.sign(CLAIMS)

    assert key_id_of(before) != key_id_of(after)
    assert key_id_of(after) in published_before
    for token in (before, after):
        key = await keys.key(key_id_of(token))
        assert key is not None
        assert jwt.decode(token, key, ["EdDSA"], audience="marquee")
    assert 3 == len(published(keys))


async def test_a_leaked_key_can_be_removed_at_once(tmp_path):
    keys = signing.SigningKeys(tmp_path)
    leaked = key_id_of(keys.sign(CLAIMS))

    signing.rotate(tmp_path, forget_previous=True)

    assert leaked not in published(keys)
    assert await keys.key(leaked) is None
    assert 2 == len(published(keys))


def test_an_interrupted_rotation_is_completed_at_the_next_start(tmp_path):
    next_key_id = published(signing.SigningKeys(tmp_path))[1]
    (tmp_path / "current.pem").rename(tmp_path / "previous.pem")

    keys = signing.SigningKeys(tmp_path)

    assert next_key_id == key_id_of(keys.sign(CLAIMS))
    assert 3 == len(published(keys))


def test_the_error_of_a_broken_key_file_names_the_file(tmp_path):
    signing.SigningKeys(tmp_path)
    (tmp_path / "current.pem").write_text("not a key")

    with pytest.raises(config.ConfigError, match=r"current\.pem"):
        signing.SigningKeys(tmp_path)
