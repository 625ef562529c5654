"""Rotates the signing keys: `python -m services.identity.rotate [--forget]`.

Replicas that share the folder sign with the next key from their next token on. Leave a few minutes between two
rotations, so that every verifier has fetched the key that comes next.
"""

import argparse
import sys

from services.identity import config
from services.kit import signing


def main() -> int:
    """Rotates; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.identity.rotate", description=__doc__)
    parser.add_argument(
        "--forget", action="store_true", help="drop the key in use at once, as after a leak: all tokens are refreshed"
    )
    chosen = parser.parse_args()
    key_id = signing.rotate(config.read().keys, forget_previous=chosen.forget)
    print(f"tokens are signed with {key_id} from now on")  # noqa: T201 - a command line speaks by printing
    return 0


if __name__ == "__main__":
    sys.exit(main())
