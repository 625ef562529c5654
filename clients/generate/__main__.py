"""Makes the descriptor set and the stubs: `python -m clients.generate [--web] [--baseline]`."""

import argparse
import shutil
import sys
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
    for package in ("marquee", "buf"):
        shutil.rmtree(GENERATED / package, ignore_errors=True)
        (GENERATED / package).mkdir(parents=True)
    contracts = descriptors.sources(PROTO)
    tools = Path(sys.executable).parent
    messages = [
        f"--python_out={GENERATED}",
        f"--plugin=protoc-gen-mypy={tools / 'protoc-gen-mypy'}",
        f"--mypy_out=quiet:{GENERATED}",
    ]
    services = [
        f"--grpc_python_out={GENERATED}",
        f"--plugin=protoc-gen-mypy_grpc={tools / 'protoc-gen-mypy_grpc'}",
        f"--mypy_grpc_out=quiet:{GENERATED}",
    ]
    descriptors.run_protoc(PROTO, rules, [*messages, *services], contracts)
    descriptors.run_protoc(PROTO, rules, messages, [descriptors.BUF_VALIDATE])


def descriptor_set(rules: Path, target: Path, *more: str) -> None:
    """Makes one file of every contract and its imports, for Envoy, buf and the gateway."""
    options = [f"--descriptor_set_out={target}", "--include_imports", *more]
    files = [*descriptors.sources(PROTO), "google/rpc/error_details.proto", "google/rpc/status.proto"]
    descriptors.run_protoc(PROTO, rules, options, files)


def typescript_stubs(rules: Path) -> None:
    """Makes the web app's messages and services below `clients/web/src/gen`."""
    target = WEB / "src" / "gen"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    plugin = WEB / "node_modules" / ".bin" / "protoc-gen-es"
    options = [f"--plugin=protoc-gen-es={plugin}", f"--es_out={target}", "--es_opt=target=ts"]
    files = [*descriptors.sources(PROTO), descriptors.BUF_VALIDATE, *descriptors.GOOGLE_APIS]
    descriptors.run_protoc(PROTO, rules, options, files)


if __name__ == "__main__":
    sys.exit(main())
