"""The contracts as one descriptor set, compiled by protoc with the imports that come from wheels."""

import importlib.resources
from collections.abc import Sequence
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

BUF_VALIDATE = "buf/validate/validate.proto"

#: The folder of the `google/api` and `google/rpc` sources, which the wheel of googleapis-common-protos ships.
GOOGLE_PROTOS = Path(str(annotations_pb2.__file__)).parents[2]

#: What our contracts import from googleapis, and what clients need to read our errors.
GOOGLE_APIS = (
    "google/api/annotations.proto",
    "google/api/field_behavior.proto",
    "google/api/http.proto",
    "google/api/httpbody.proto",
    "google/rpc/code.proto",
    "google/rpc/error_details.proto",
    "google/rpc/status.proto",
)


class ProtocError(Exception):
    """protoc rejected its input; its messages are on standard error."""


def sources(proto: Path) -> list[str]:
    """Returns the contracts below the folder `proto` as protoc names them, sorted."""
    return sorted(str(path.relative_to(proto)) for path in (proto / "marquee").rglob("*.proto"))


def public_sources(proto: Path) -> list[str]:
    """Returns the public contracts below the folder `proto` as protoc names them: those that are not internal."""
    return [path for path in sources(proto) if not path.endswith("_internal.proto")]


def write_validate_rules(target: Path) -> None:
    """Writes buf/validate and what it imports as a FileDescriptorSet.

    The wheel of protovalidate carries the descriptor but not the .proto file, so protoc reads it with
    `--descriptor_set_in`.
    """
    rules = descriptor_pb2.FileDescriptorProto.FromString(validate_pb._DESC.proto.to_binary())
    imported = []
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        imported.append(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(descriptor_pb2.FileDescriptorSet(file=[*imported, rules]).SerializeToString())


def run_protoc(proto: Path, rules: Path, outputs: Sequence[str], files: Sequence[str]) -> None:
    """Runs protoc on `files` with the plugin options `outputs`. Raises ProtocError if it rejects them."""
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    arguments = [
        "protoc",
        f"-I{proto}",
        f"-I{well_known}",
        f"-I{GOOGLE_PROTOS}",
        f"--descriptor_set_in={rules}",
        *outputs,
        *files,
    ]
    if protoc.main(arguments) != 0:
        raise ProtocError(" ".join(files))
