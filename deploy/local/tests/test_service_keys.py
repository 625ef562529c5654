"""The keys of services are created once and let each service authenticate to the others."""

import stat
from pathlib import Path

from deploy.local import service_keys
from services.kit import clock, config, service_identity, testing


def identity_of(directory: Path, name: str) -> service_identity.ServiceIdentity:
    variables = {
        "MARQUEE_SERVICE_KEY": str(service_keys.private_key(directory, name)),
        "MARQUEE_SERVICE_JWKS": str(service_keys.public_keys(directory)),
    }
    return service_identity.load(name, config.common(variables), clock.SystemClock())


def test_every_service_can_authenticate_to_every_other(tmp_path: Path) -> None:
    service_keys.create(tmp_path)
    identities = {name: identity_of(tmp_path, name) for name in service_keys.NAMES}

    for name, caller in identities.items():
        for called, verifier in identities.items():
            assert name == verifier.verify(caller.token_for(called), called)


def test_the_keys_of_tests_are_of_the_same_services() -> None:
    assert sorted(service_keys.NAMES) == sorted(testing.SERVICES)
    assert service_identity.OPERATOR == service_keys.OPERATOR


def test_keys_are_created_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    service_keys.create(tmp_path)
    private = {name: service_keys.private_key(tmp_path, name).read_bytes() for name in service_keys.NAMES}
    service_keys.create(tmp_path)

    assert private == {name: service_keys.private_key(tmp_path, name).read_bytes() for name in private}
    assert len(private) == len(set(private.values()))
    for name in private:
        assert 0o600 == stat.S_IMODE(service_keys.private_key(tmp_path, name).stat().st_mode)


def test_a_key_that_was_removed_is_replaced(tmp_path: Path) -> None:
    service_keys.create(tmp_path)
    before = service_keys.operator(tmp_path)
    service_keys.private_key(tmp_path, "playback").unlink()

    service_keys.create(tmp_path)

    assert "playback" == before.verify(identity_of(tmp_path, "playback").token_for("operator"), "operator")
