"""Signing keys: made once, private to their owner, and rotated without dropping anybody."""

import json
import stat
import subprocess
import sys

import jwt
import pytest

from services.kit import config, signing

CLAIMS = {"iss": "marquee", "aud": "marquee", "sub": "somebody"}


def signer(token):
    return jwt.get_unverified_header(token)["kid"]


def published(keys):
    return [entry["kid"] for entry in json.loads(keys.jwks())["keys"]]


def test_only_the_owner_can_read_the_keys(tmp_path):
    folder = tmp_path / "a" / "keys"
    signing.SigningKeys(folder)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert {"current.pem": 0o600, "next.pem": 0o600} == modes
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)


def test_replicas_that_start_at_once_agree_on_the_keys(tmp_path):
    program = "import sys, pathlib; from services.kit import signing; "
    program += "print(signing.SigningKeys(pathlib.Path(sys.argv[1])).jwks().decode())"
    command = [sys.executable, "-c", program, str(tmp_path / "keys")]

    replicas = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    answers = {replica.communicate()[0] for replica in replicas}

    assert 1 == len(answers)
    assert [0] * 4 == [replica.returncode for replica in replicas]


async def test_a_rotation_drops_nobody(tmp_path):
    keys = signing.SigningKeys(tmp_path)
    before = keys.sign(CLAIMS)
    known_ahead = published(keys)

    signing.rotate(tmp_path)
    after = keys.sign(CLAIMS)

    assert signer(before) != signer(after)
    assert signer(after) in known_ahead
    for token in (before, after):
        key = await keys.key(signer(token))
        assert key is not None
        assert jwt.decode(token, key, ["EdDSA"], audience="marquee")
    assert 3 == len(published(keys))


async def test_a_key_that_has_leaked_can_be_dropped_at_once(tmp_path):
    keys = signing.SigningKeys(tmp_path)
    leaked = signer(keys.sign(CLAIMS))

    signing.rotate(tmp_path, forget_previous=True)

    assert leaked not in published(keys)
    assert await keys.key(leaked) is None
    assert 2 == len(published(keys))


def test_a_rotation_that_was_cut_short_is_finished_by_the_next_start(tmp_path):
    ahead = published(signing.SigningKeys(tmp_path))[1]
    (tmp_path / "current.pem").rename(tmp_path / "previous.pem")

    keys = signing.SigningKeys(tmp_path)

    assert ahead == signer(keys.sign(CLAIMS))
    assert 3 == len(published(keys))


def test_a_broken_key_file_is_named(tmp_path):
    signing.SigningKeys(tmp_path)
    (tmp_path / "current.pem").write_text("not a key")

    with pytest.raises(config.ConfigError, match=r"current\.pem"):
        signing.SigningKeys(tmp_path)
