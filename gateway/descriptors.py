"""The public descriptors: without internal methods, and without types that only those use."""

from collections.abc import Iterable, Iterator

from buf.validate import validate_pb2
from google.api import annotations_pb2, field_behavior_pb2
from google.protobuf import descriptor_pb2
from google.rpc import error_details_pb2, status_pb2
from marquee.policy.v1 import policy_pb2

from gateway import contract

#: The modules of the options in the contracts. Protobuf serializes known options elsewhere than unknown ones, so all
#: are imported here; the same contracts then always have the same bytes.
_OPTIONS = (annotations_pb2, field_behavior_pb2, policy_pb2, validate_pb2)

_Types = dict[str, descriptor_pb2.DescriptorProto | descriptor_pb2.EnumDescriptorProto]


def visible(whole: contract.Contract) -> descriptor_pb2.FileDescriptorSet:
    """Returns the files of visible services with their imports, without internal methods and types.

    The details that errors carry are added: they travel inside `Any`, so no method names them.
    """
    files = {file.name: file for file in _with_error_details(whole.files)}
    seen = {method.path for method in whole.visible_methods}
    hidden = _hidden_types(files.values(), seen)
    roots = [file.name for file in files.values() if _services(file, seen)]
    wanted = _imports(files, [*roots, error_details_pb2.DESCRIPTOR.name, status_pb2.DESCRIPTOR.name])
    return descriptor_pb2.FileDescriptorSet(file=[_pruned(files[name], seen, hidden) for name in wanted])


def with_head(files: descriptor_pb2.FileDescriptorSet) -> descriptor_pb2.FileDescriptorSet:
    """Returns the files with an HTTP rule for HEAD beside each one for GET."""
    found = descriptor_pb2.FileDescriptorSet()
    found.CopyFrom(files)
    for file in found.file:
        for service in file.service:
            for method in service.method:
                rule = method.options.Extensions[annotations_pb2.http]
                for each in (rule, *rule.additional_bindings):
                    if each.get:
                        head = rule.additional_bindings.add(response_body=each.response_body)
                        head.custom.kind, head.custom.path = "HEAD", each.get
    return found


def _with_error_details(files: descriptor_pb2.FileDescriptorSet) -> Iterator[descriptor_pb2.FileDescriptorProto]:
    yield from files.file
    present = {file.name for file in files.file}
    for descriptor in (error_details_pb2.DESCRIPTOR, status_pb2.DESCRIPTOR):
        if descriptor.name not in present:
            file = descriptor_pb2.FileDescriptorProto()
            descriptor.CopyToProto(file)
            yield file


def _imports(files: dict[str, descriptor_pb2.FileDescriptorProto], roots: Iterable[str]) -> list[str]:
    """Returns the roots and all their imports, each file after its imports."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in ordered and name in files:
            for imported in files[name].dependency:
                visit(imported)
            ordered[name] = None

    for root in roots:
        visit(root)
    return list(ordered)


def _services(
    file: descriptor_pb2.FileDescriptorProto, seen: set[str]
) -> Iterator[tuple[descriptor_pb2.ServiceDescriptorProto, list[descriptor_pb2.MethodDescriptorProto]]]:
    """Returns the visible services of a file, each with its visible methods."""
    for service in file.service:
        methods = [m for m in service.method if f"/{file.package}.{service.name}/{m.name}" in seen]
        if methods:
            yield service, methods


def _pruned(
    file: descriptor_pb2.FileDescriptorProto, seen: set[str], hidden: set[str]
) -> descriptor_pb2.FileDescriptorProto:
    kept = descriptor_pb2.FileDescriptorProto()
    kept.CopyFrom(file)
    # Comments are addressed by position, which changes when something is removed.
    kept.ClearField("source_code_info")
    for field in ("service", "message_type", "enum_type"):
        kept.ClearField(field)
    for service, methods in _services(file, seen):
        copy = kept.service.add(name=service.name)
        copy.options.CopyFrom(service.options)
        copy.method.extend(methods)
    kept.message_type.extend(m for m in file.message_type if f".{file.package}.{m.name}" not in hidden)
    kept.enum_type.extend(e for e in file.enum_type if f".{file.package}.{e.name}" not in hidden)
    return kept


def _hidden_types(files: Iterable[descriptor_pb2.FileDescriptorProto], seen: set[str]) -> set[str]:
    """Returns the top-level types of the platform that only internal methods use."""
    types: _Types = {}
    internal: set[str] = set()
    visible_roots: set[str] = set()
    for file in files:
        if not file.package.startswith(contract.ROOT):
            continue
        types |= {f".{file.package}.{message.name}": message for message in file.message_type}
        types |= {f".{file.package}.{enum.name}": enum for enum in file.enum_type}
        for service in file.service:
            for method in service.method:
                public = f"/{file.package}.{service.name}/{method.name}" in seen
                (visible_roots if public else internal).update((method.input_type, method.output_type))
    only_internal = _reach(types, internal) - _reach(types, visible_roots)
    # Types that no method uses stay: error reasons, and messages in error details.
    return only_internal - _reach(types, set(types) - only_internal)


def _reach(types: _Types, roots: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    waiting = [name for name in (_top_level(types, root) for root in roots) if name]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        kind = types[name]
        if isinstance(kind, descriptor_pb2.DescriptorProto):
            waiting.extend(top for ref in _references(kind) if (top := _top_level(types, ref)))
    return reached


def _references(message: descriptor_pb2.DescriptorProto) -> Iterator[str]:
    yield from (field.type_name for field in message.field if field.type_name)
    for nested in message.nested_type:
        yield from _references(nested)


def _top_level(types: _Types, name: str) -> str | None:
    """Returns the top-level type that declares a type; None if it is not the platform's own."""
    while name and name not in types:
        name = name.rpartition(".")[0]
    return name or None
