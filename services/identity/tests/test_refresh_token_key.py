"""The key that refresh tokens are derived with is made once, for all replicas."""

import stat

import pytest

from services.identity import refresh_token_key
from services.kit import config


def test_the_key_is_made_at_the_first_start_and_kept(tmp_path):
    path = tmp_path / "keys" / refresh_token_key.FILE

    key = refresh_token_key.read_or_create(path)

    assert 32 == len(key)
    assert key == refresh_token_key.read_or_create(path)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(path.parent.iterdir())


def test_the_key_of_the_replica_that_came_first_stays(tmp_path):
    path = tmp_path / refresh_token_key.FILE
    key = refresh_token_key.read_or_create(path)

    refresh_token_key._create(path)

    assert key == refresh_token_key.read_or_create(path)


def test_a_short_key_is_refused(tmp_path):
    path = tmp_path / refresh_token_key.FILE
    path.write_bytes(b"short")

    with pytest.raises(config.ConfigError):
        refresh_token_key.read_or_create(path)
