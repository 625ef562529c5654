"""The contracts that the gateway is tried with, compiled on the spot and without generated code."""

import functools
import importlib.resources
import tempfile
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

_HERE = Path(__file__).parent
_PROTO = _HERE.parents[2] / "proto"


@functools.cache
def image() -> bytes:
    """The FileDescriptorSet of the shop, the depot and the gateway's own contract."""
    files = [str(path.relative_to(_HERE)) for path in sorted(_HERE.rglob("*.proto"))]
    google_apis = Path(str(importlib.resources.files("google.api"))).parents[1]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "image.binpb"
        arguments = [
            "protoc",
            f"-I{_HERE}",
            f"-I{_PROTO}",
            f"-I{google_apis}",
            f"-I{importlib.resources.files('grpc_tools') / '_proto'}",
            f"--descriptor_set_out={target}",
            "--include_imports",
            *files,
            "marquee/gateway/v1/platform_service.proto",
            "google/rpc/error_details.proto",
        ]
        assert protoc.main(arguments) == 0
        return target.read_bytes()


@functools.cache
def pool() -> descriptor_pool.DescriptorPool:
    """The contracts' descriptors, apart from those that other code has loaded."""
    found = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(image()).file:
        found.Add(file)
    return found


@functools.cache
def message(name: str) -> Any:
    """The class of a message, by its name in the shop or its full name."""
    full_name = name if "." in name else f"marquee.shop.v1.{name}"
    return message_factory.GetMessageClass(pool().FindMessageTypeByName(full_name))
