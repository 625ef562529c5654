"""Writes the contract bundle that integrators download: `python -m clients.generate.bundle`.

The archive holds the public contracts and everything that they import, as sources and as one descriptor set, so that it
compiles without any other download. Internal contracts (`*_internal.proto`) are not part of it.
"""

import importlib.metadata
import io
import sys
import tarfile
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool

from clients.generate import __main__ as generate
from clients.generate import descriptors, errors, proto_text

#: The version of the contract; it follows semantic versioning and starts each `v1` package at 1.0.0.
VERSION = "1.1.0"
NAME = f"marquee-contract-{VERSION}"

#: The public contracts share a file of reasons with the internal ones.
_ERRORS_NOTE = "`CALLER_NOT_ALLOWED` is for calls between the services of the platform; clients never receive it."

_BUF_YAML = """# Checks that the bundle compiles: `buf build`.
version: v2
modules:
  - path: proto
"""


def main() -> int:
    """Writes the bundle to `dist/`; returns 0, or 1 if protoc rejects the contracts."""
    target = generate.ROOT / "dist" / f"{NAME}.tar.gz"
    try:
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(archive())
    except descriptors.ProtocError as error:
        print(f"protoc rejected {error}", file=sys.stderr)
        return 1
    print(target.relative_to(generate.ROOT))
    return 0


def archive() -> bytes:
    """Returns the bundle as a gzipped tar archive. Raises ProtocError if protoc rejects the contracts."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder, "marquee.binpb")
        rules = Path(folder, "validate.binpb")
        descriptors.write_validate_rules(rules)
        options = [f"--descriptor_set_out={compiled}", "--include_imports", "--include_source_info"]
        extra = ["google/rpc/error_details.proto", "google/rpc/status.proto"]
        descriptors.run_protoc(generate.PROTO, rules, options, [*descriptors.public_sources(generate.PROTO), *extra])
        descriptor_set = compiled.read_bytes()
    files = {
        "README.md": (generate.ROOT / "docs" / "bundle.md").read_bytes(),
        **{page: (generate.ROOT / page).read_bytes() for page in ("CHANGELOG.md", "docs/edge.md")},
        "docs/errors.md": errors.page(descriptor_set, _ERRORS_NOTE).encode(),
        "LICENSE": (generate.ROOT / "LICENSE").read_bytes(),
        "VERSION": f"{VERSION}\n".encode(),
        "buf.yaml": _BUF_YAML.encode(),
        "marquee.binpb": descriptor_set,
        **_sources(descriptor_pb2.FileDescriptorSet.FromString(descriptor_set)),
    }
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"{NAME}/{path}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def _sources(compiled: descriptor_pb2.FileDescriptorSet) -> dict[str, bytes]:
    """Returns the sources of all files but those that every protoc brings along (`google/protobuf`), by path."""
    pool = descriptor_pool.DescriptorPool()
    for file in compiled.file:
        pool.Add(file)
    sources = {}
    for file in compiled.file:
        if file.name.startswith("google/protobuf/"):
            continue
        if file.name == descriptors.BUF_VALIDATE:
            sources[f"proto/{file.name}"] = _validate_source(file, pool)
        elif file.name.startswith("google/"):
            sources[f"proto/{file.name}"] = (descriptors.GOOGLE_PROTOS / file.name).read_bytes()
        else:
            sources[f"proto/{file.name}"] = (generate.PROTO / file.name).read_bytes()
    return sources


def _validate_source(file: descriptor_pb2.FileDescriptorProto, pool: descriptor_pool.DescriptorPool) -> bytes:
    """Returns the source of buf/validate, which the wheel of protovalidate ships as a descriptor only."""
    version = importlib.metadata.version("protovalidate")
    head = f"// Printed from the descriptor of protovalidate {version} (Apache License 2.0, Buf Technologies, Inc.).\n"
    return (head + proto_text.source(file, pool)).encode()


if __name__ == "__main__":
    sys.exit(main())
