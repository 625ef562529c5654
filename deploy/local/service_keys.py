"""Creates the keys with which services authenticate: a private key for each, and one file with all public keys.

Each private key is in its own directory, so that a container can mount only that directory.
`python -m deploy.local.service_keys DIRECTORY` creates them for a platform in containers.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local import topology

if TYPE_CHECKING:
    from services.kit import service_identity

OPERATOR = "operator"
"""The name of the commands of the operator, which call services directly."""

NAMES = (*(service.name for service in topology.SERVICES), OPERATOR)

# The kit is imported in the functions: its imports would take most of the start of a command that needs no keys.


def private_key(directory: Path, name: str) -> Path:
    """Returns the file of a service's private key."""
    return directory / name / "private.pem"


def public_keys(directory: Path) -> Path:
    """Returns the file of the public keys of all services, a JSON Web Key Set."""
    return directory / "public" / "services.json"


def operator(directory: Path) -> "service_identity.ServiceIdentity":
    """Returns the identity of the operator. Raises `ConfigError`."""
    from services.kit import clock, service_identity, signing

    keys = service_identity.KeySetFile(public_keys(directory))
    key = signing.read_private_key(private_key(directory, OPERATOR))
    return service_identity.ServiceIdentity(OPERATOR, key, keys, clock.SystemClock())


def create(directory: Path) -> None:
    """Creates the private keys that do not exist yet, and writes the set of public keys."""
    if _is_complete(directory):
        return
    import orjson

    from services.kit import service_identity, signing

    published = []
    for name in NAMES:
        path = private_key(directory, name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            signing.create_private_key(path)
        key = signing.read_private_key(path).public_key()
        published.append(signing.jwk(service_identity.key_id(name, key), key))
    path = public_keys(directory)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Running processes read the file whenever it changes, so it is replaced atomically.
    new_file = path.with_suffix(".new")
    new_file.write_bytes(orjson.dumps({"keys": published}, option=orjson.OPT_INDENT_2))
    new_file.replace(path)


def _is_complete(directory: Path) -> bool:
    """Returns whether every private key exists and the set of public keys is newer than all of them."""
    try:
        newest = max(private_key(directory, name).stat().st_mtime_ns for name in NAMES)
        return newest <= public_keys(directory).stat().st_mtime_ns
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    create(Path(sys.argv[1]))
