"""Makes the descriptor set and the stubs: `python -m clients.generate [--web] [--baseline]`."""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from clients.generate import descriptors

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
GENERATED = PROTO / "gen"
WEB = ROOT / "clients" / "web"
#: The contracts as they were last released.
BASELINE = PROTO / "baseline.binpb"


def main() -> int:
    """Generates; answers 0, or 1 when protoc refuses the contracts."""
    arguments = argparse.ArgumentParser(prog="python -m clients.generate", description=__doc__)
    arguments.add_argument("--web", action="store_true", help="also make the TypeScript stubs (wants node_modules)")
    arguments.add_argument("--baseline", action="store_true", help="make these contracts the released ones")
    chosen = arguments.parse_args()
    rules = GENERATED / "validate.binpb"
    descriptors.write_validate_rules(rules)
    try:
        python_stubs(rules)
        descriptor_set(rules, GENERATED / "marquee.binpb", "--include_source_info")
        if chosen.web:
            typescript_stubs(rules)
        if chosen.baseline:
            descriptor_set(rules, BASELINE)
    except descriptors.ProtocError as refused:
        print(f"protoc refused {refused}", file=sys.stderr)
        return 1
    return 0


def python_stubs(rules: Path) -> None:
    """Makes messages, servicers, clients and their types below `proto/gen`."""
    with in_place_of(GENERATED / "marquee", GENERATED / "buf") as made:
        tools = Path(sys.executable).parent
        messages = [
            f"--python_out={made}",
            f"--plugin=protoc-gen-mypy={tools / 'protoc-gen-mypy'}",
            f"--mypy_out=quiet:{made}",
        ]
        services = [
            f"--grpc_python_out={made}",
            f"--plugin=protoc-gen-mypy_grpc={tools / 'protoc-gen-mypy_grpc'}",
            f"--mypy_grpc_out=quiet:{made}",
        ]
        descriptors.run_protoc(PROTO, rules, [*messages, *services], descriptors.sources(PROTO))
        descriptors.run_protoc(PROTO, rules, messages, [descriptors.BUF_VALIDATE])


def descriptor_set(rules: Path, target: Path, *more: str) -> None:
    """Makes one file of every contract and its imports, for Envoy, buf and the gateway."""
    options = [f"--descriptor_set_out={target}", "--include_imports", *more]
    files = [*descriptors.sources(PROTO), "google/rpc/error_details.proto", "google/rpc/status.proto"]
    descriptors.run_protoc(PROTO, rules, options, files)


def typescript_stubs(rules: Path) -> None:
    """Makes the web app's messages and services below `clients/web/src/gen`."""
    with in_place_of(WEB / "src" / "gen") as made:
        (made / "gen").mkdir()
        plugin = WEB / "node_modules" / ".bin" / "protoc-gen-es"
        options = [f"--plugin=protoc-gen-es={plugin}", f"--es_out={made / 'gen'}", "--es_opt=target=ts"]
        files = [*descriptors.sources(PROTO), descriptors.BUF_VALIDATE, *descriptors.GOOGLE_APIS]
        descriptors.run_protoc(PROTO, rules, options, files)


@contextlib.contextmanager
def in_place_of(*folders: Path) -> Iterator[Path]:
    """Answers an empty folder in which folders of these names are made, which then take the place of the old ones.

    What runs meanwhile finds the old ones; where a contract is refused, they stay.
    """
    where = folders[0].parent
    where.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=where, prefix=".made-") as made:
        yield Path(made)
        for folder in folders:
            if folder.exists():
                folder.rename(Path(made, f"old-{folder.name}"))
            Path(made, folder.name).rename(folder)


if __name__ == "__main__":
    sys.exit(main())
