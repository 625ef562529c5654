"""Generates the descriptor set and the stubs: `python -m clients.generate [--web] [--baseline]`."""

import argparse
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from clients.generate import descriptors

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
GENERATED = PROTO / "gen"
WEB = ROOT / "clients" / "web"
#: The contracts as they were released last.
BASELINE = PROTO / "baseline.binpb"


def main() -> int:
    """Generates; returns 0, or 1 if protoc rejects the contracts."""
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
    """Generates messages, servicers, clients and their types below `proto/gen`. Raises ProtocError."""
    with in_place_of(GENERATED / "marquee", GENERATED / "buf") as folder:
        write_python_stubs(rules, folder, descriptors.sources(PROTO))


def write_python_stubs(rules: Path, folder: Path, sources: Sequence[str]) -> None:
    """Generates the stubs of some contracts, and of `buf.validate`, into a folder. Raises ProtocError."""
    messages = [
        f"--python_out={folder}",
        f"--plugin=protoc-gen-mypy={_plugin('protoc-gen-mypy')}",
        f"--mypy_out=quiet:{folder}",
    ]
    services = [
        f"--grpc_python_out={folder}",
        f"--plugin=protoc-gen-mypy_grpc={_plugin('protoc-gen-mypy_grpc')}",
        f"--mypy_grpc_out=quiet:{folder}",
    ]
    descriptors.run_protoc(PROTO, rules, [*messages, *services], sources)
    descriptors.run_protoc(PROTO, rules, messages, [descriptors.BUF_VALIDATE])


def descriptor_set(rules: Path, target: Path, *more: str) -> None:
    """Writes all contracts and their imports as one file, for Envoy, buf and the gateway. Raises ProtocError."""
    options = [f"--descriptor_set_out={target}", "--include_imports", *more]
    files = [*descriptors.sources(PROTO), "google/rpc/error_details.proto", "google/rpc/status.proto"]
    descriptors.run_protoc(PROTO, rules, options, files)


def typescript_stubs(rules: Path) -> None:
    """Generates the messages and services of the web app below `clients/web/src/gen`. Raises ProtocError."""
    with in_place_of(WEB / "src" / "gen") as folder:
        (folder / "gen").mkdir()
        plugin = WEB / "node_modules" / ".bin" / "protoc-gen-es"
        options = [f"--plugin=protoc-gen-es={plugin}", f"--es_out={folder / 'gen'}", "--es_opt=target=ts"]
        files = [*descriptors.public_sources(PROTO), descriptors.BUF_VALIDATE, *descriptors.GOOGLE_APIS]
        descriptors.run_protoc(PROTO, rules, options, files)


def _plugin(name: str) -> str:
    """Returns the path of a protoc plugin, beside this interpreter or on the PATH."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name) or name


@contextlib.contextmanager
def in_place_of(*folders: Path) -> Iterator[Path]:
    """Yields an empty folder in which folders of these names are made, which then replace the old ones.

    Until then the old ones stay; they also stay if protoc rejects a contract.
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
