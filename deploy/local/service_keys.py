"""The keys by which services know each other: a private one for each, and one file with the public keys of all.

Each private key has a folder of its own, so that a container can be given that folder alone.
`python -m deploy.local.service_keys FOLDER` makes them for a container platform.
"""

import sys
from pathlib import Path

import orjson

from deploy.local import topology
from services.kit import clock, service_identity, signing

NAMES = (*(service.name for service in topology.SERVICES), service_identity.OPERATOR)


def private_key(folder: Path, name: str) -> Path:
    """Returns the file of a service's private key."""
    return folder / name / "private.pem"


def public_keys(folder: Path) -> Path:
    """Returns the file of the public keys of all services, a JSON Web Key Set."""
    return folder / "public" / "services.json"


def operator(folder: Path) -> service_identity.ServiceIdentity:
    """Returns the identity of the operator. Raises ConfigError."""
    keys = service_identity.KeySetFile(public_keys(folder))
    key = signing.read_private_key(private_key(folder, service_identity.OPERATOR))
    return service_identity.ServiceIdentity(service_identity.OPERATOR, key, keys, clock.SystemClock())


def create(folder: Path) -> None:
    """Makes the private keys that do not exist yet, and writes the set of public keys."""
    published = []
    for name in NAMES:
        path = private_key(folder, name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            signing.create_private_key(path)
        key = signing.read_private_key(path).public_key()
        published.append(signing.jwk(service_identity.key_id(name, key), key))
    path = public_keys(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Processes that run read the file whenever it changes, so it is replaced as a whole.
    fresh = path.with_suffix(".new")
    fresh.write_bytes(orjson.dumps({"keys": published}, option=orjson.OPT_INDENT_2))
    fresh.replace(path)


if __name__ == "__main__":
    create(Path(sys.argv[1]))
