"""Prints file descriptors as `.proto` source, for files whose package ships the descriptor alone.

Covers proto2 and proto3, except comments, groups, services and members of a oneof that are declared apart.
"""

import itertools
from collections.abc import Iterable, Iterator

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_encoding, text_format
from google.protobuf.message import Message

_Field = descriptor_pb2.FieldDescriptorProto
_LABELS = {_Field.LABEL_OPTIONAL: "optional ", _Field.LABEL_REPEATED: "repeated ", _Field.LABEL_REQUIRED: "required "}
#: The upper end of `extensions … to max`.
_MAX_FIELD_NUMBER = 536870911


def source(file: descriptor_pb2.FileDescriptorProto, pool: descriptor_pool.DescriptorPool) -> str:
    """Returns the source of a file.

    Args:
        file: the file.
        pool: holds the extensions that are used as options.
    """
    printer = _Printer(file.syntax or "proto2", pool)
    return "\n".join(printer.file(file)) + "\n"


class _Printer:
    def __init__(self, syntax: str, pool: descriptor_pool.DescriptorPool) -> None:
        self._syntax = syntax
        self._pool = pool

    def file(self, file: descriptor_pb2.FileDescriptorProto) -> Iterator[str]:
        yield f'syntax = "{self._syntax}";'
        yield f"package {file.package};"
        yield from (f'import "{path}";' for path in file.dependency)
        yield from (f"option {option};" for option in self._options(file.options))
        yield from self._extensions(file.extension)
        for enum in file.enum_type:
            yield from self._enum(enum)
        for message in file.message_type:
            yield from self._message(message)

    def _message(self, message: descriptor_pb2.DescriptorProto) -> Iterator[str]:
        yield f"message {message.name} {{"
        yield from _indented(f"option {option};" for option in self._options(message.options))
        entries = {nested.name: nested for nested in message.nested_type if nested.options.map_entry}
        for enum in message.enum_type:
            yield from _indented(self._enum(enum))
        for nested in message.nested_type:
            if nested.name not in entries:
                yield from _indented(self._message(nested))
        # In the order of their declaration, a oneof where its first member is.
        for oneof, members in itertools.groupby(message.field, key=_oneof_index):
            if oneof is None:
                yield from (f"  {self._field(field, entries)}" for field in members)
                continue
            yield f"  oneof {message.oneof_decl[oneof].name} {{"
            yield from (f"    option {option};" for option in self._options(message.oneof_decl[oneof].options))
            yield from (f"    {self._field(field, entries, in_oneof=True)}" for field in members)
            yield "  }"
        for reserved in message.reserved_range:
            yield f"  reserved {reserved.start} to {reserved.end - 1};"
        yield from (f'  reserved "{name}";' for name in message.reserved_name)
        for extended in message.extension_range:
            last = "max" if extended.end - 1 >= _MAX_FIELD_NUMBER else extended.end - 1
            yield f"  extensions {extended.start} to {last};"
        yield from _indented(self._extensions(message.extension))
        yield "}"

    def _extensions(self, extensions: Iterable[_Field]) -> Iterator[str]:
        for field in extensions:
            yield f"extend {field.extendee} {{"
            yield f"  {self._field(field, {})}"
            yield "}"

    def _enum(self, enum: descriptor_pb2.EnumDescriptorProto) -> Iterator[str]:
        yield f"enum {enum.name} {{"
        yield from (f"  option {option};" for option in self._options(enum.options))
        for value in enum.value:
            yield f"  {value.name} = {value.number}{_brackets(self._options(value.options))};"
        yield from (f"  reserved {reserved.start} to {reserved.end};" for reserved in enum.reserved_range)
        yield from (f'  reserved "{name}";' for name in enum.reserved_name)
        yield "}"

    def _field(
        self, field: _Field, entries: dict[str, descriptor_pb2.DescriptorProto], *, in_oneof: bool = False
    ) -> str:
        label = _LABELS[field.label]
        if in_oneof or (
            self._syntax == "proto3" and field.label == _Field.LABEL_OPTIONAL and not field.proto3_optional
        ):
            label = ""
        kind = _type(field)
        entry = entries.get(field.type_name.rpartition(".")[2])
        if entry is not None:
            label, kind = "", f"map<{_type(entry.field[0])}, {_type(entry.field[1])}>"
        options = list(self._options(field.options))
        if field.HasField("default_value"):
            quoted = field.type in {_Field.TYPE_STRING, _Field.TYPE_BYTES}
            options.insert(0, f'default = "{field.default_value}"' if quoted else f"default = {field.default_value}")
        return f"{label}{kind} {field.name} = {field.number}{_brackets(options)};"

    def _options(self, options: Message) -> Iterator[str]:
        """Yields `name = value` of each option that is set."""
        kind = self._pool.FindMessageTypeByName(options.DESCRIPTOR.full_name)
        known = message_factory.GetMessageClass(kind).FromString(options.SerializeToString())
        for field, value in known.ListFields():
            name = f"({field.full_name})" if field.is_extension else field.name
            for one in value if field.is_repeated else [value]:
                yield f"{name} = {_value(field, one)}"


def _oneof_index(field: _Field) -> int | None:
    return field.oneof_index if field.HasField("oneof_index") and not field.proto3_optional else None


def _type(field: _Field) -> str:
    return field.type_name or _Field.Type.Name(field.type).removeprefix("TYPE_").lower()


def _value(field: object, value: object) -> str:
    if isinstance(value, Message):
        return "{ " + text_format.MessageToString(value, as_one_line=True) + " }"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + text_encoding.CEscape(value.encode(), as_utf8=True) + '"'
    if field.enum_type is not None:  # type: ignore[attr-defined]
        return str(field.enum_type.values_by_number[value].name)  # type: ignore[attr-defined]
    return str(value)


def _brackets(options: Iterable[str]) -> str:
    joined = ", ".join(options)
    return f" [{joined}]" if joined else ""


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
