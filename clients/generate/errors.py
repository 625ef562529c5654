"""Generates docs/errors.md from the error reasons in the contracts. Run `python -m clients.generate.errors`."""

from collections.abc import Iterator
from pathlib import Path

from google.protobuf import descriptor_pb2

from clients.generate import __main__ as generate

TARGET = generate.ROOT / "docs" / "errors.md"

_INTRODUCTION = """\
# Errors

Every refusal is a [`google.rpc.Status`](https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto):
over gRPC in the trailer `grpc-status-details-bin`, over JSON as the body of the response.
Its first detail is an `ErrorInfo` with the reason, the domain and the metadata below.
Switch on the reason and the domain; the message is for people and may change.
Violated rules of a request come with a `BadRequest` that names each field, ten at most.
Exceeded limits come with a `RetryInfo`.
"""
_ORIGIN = "`make docs` generates this page from the contracts."

_ENUM = "ErrorReason"
_PREFIX = "ERROR_REASON_"
#: The numbers by which source info names the enums of a file, and the values of an enum.
_ENUMS_FIELD, _VALUES_FIELD = 5, 2


def main() -> None:
    """Writes the page."""
    TARGET.write_text(page((generate.GENERATED / "marquee.binpb").read_bytes()))


def page(contracts: bytes, note: str = _ORIGIN) -> str:
    """Returns the page for a serialised FileDescriptorSet with source info; `note` ends its introduction."""
    files = descriptor_pb2.FileDescriptorSet.FromString(contracts).file
    sections = [_section(file) for file in files if any(enum.name == _ENUM for enum in file.enum_type)]
    return "\n".join([_INTRODUCTION, note, "", *sorted(sections)])


def _section(file: descriptor_pb2.FileDescriptorProto) -> str:
    rows = [f"| `{reason}` | {code} | {meaning} |" for reason, code, meaning in _reasons(file)]
    return "\n".join([f"## `{_domain(file)}`", "", "| reason | code | meaning |", "|---|---|---|", *rows, ""])


def _domain(file: descriptor_pb2.FileDescriptorProto) -> str:
    area = Path(file.name).parts[1]
    return "platform.marquee" if area == "type" else f"{area}.marquee"


def _reasons(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[str, str, str]]:
    """Returns each reason in use with its code and its meaning; its comment reads `CODE. Meaning.` in that order."""
    comments = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
    for number, enum in enumerate(file.enum_type):
        if enum.name != _ENUM:
            continue
        for place, value in enumerate(enum.value):
            if value.number and not value.options.deprecated:
                comment = " ".join(comments[_ENUMS_FIELD, number, _VALUES_FIELD, place].split())
                code, _, meaning = comment.partition(". ")
                yield value.name.removeprefix(_PREFIX), code, meaning


if __name__ == "__main__":
    main()
