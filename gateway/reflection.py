"""Reflection of the whole platform at one address, from the public descriptors."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
from google.protobuf import descriptor, descriptor_pb2, descriptor_pool
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

#: Both names of one protocol: they differ in their package alone.
SERVICES = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")


class Reflection:
    """Serves a descriptor set."""

    def __init__(self, files: descriptor_pb2.FileDescriptorSet) -> None:
        self._pool = descriptor_pool.DescriptorPool()
        health = descriptor_pb2.FileDescriptorProto()
        health_pb2.DESCRIPTOR.CopyToProto(health)
        every = [*files.file, health]
        for file in every:
            self._pool.Add(file)
        self._services = sorted(f"{file.package}.{service.name}" for file in every for service in file.service)

    def answer(self, request: Any) -> Any:
        """Returns the response to one request; an unknown name is an error response."""
        response = reflection_pb2.ServerReflectionResponse(valid_host=request.host, original_request=request)
        try:
            match request.WhichOneof("message_request"):
                case "list_services":
                    names = [reflection_pb2.ServiceResponse(name=name) for name in self._services]
                    response.list_services_response.service.extend(names)
                case "file_by_filename":
                    self._add(response, self._pool.FindFileByName(request.file_by_filename))
                case "file_containing_symbol":
                    self._add(response, self._pool.FindFileContainingSymbol(request.file_containing_symbol))
                case "file_containing_extension":
                    self._add(response, self._file_of_extension(request.file_containing_extension))
                case "all_extension_numbers_of_type":
                    self._numbers(response, request.all_extension_numbers_of_type)
                case _:
                    response.error_response.error_code = grpc.StatusCode.INVALID_ARGUMENT.value[0]
                    response.error_response.error_message = "The request is empty."
        except KeyError as missing:
            response.error_response.error_code = grpc.StatusCode.NOT_FOUND.value[0]
            response.error_response.error_message = str(missing.args[0])
        return response

    def _file_of_extension(self, request: Any) -> descriptor.FileDescriptor:
        message = self._pool.FindMessageTypeByName(request.containing_type)
        extension = self._pool.FindExtensionByNumber(message, request.extension_number)
        return self._pool.FindFileContainingSymbol(extension.full_name)

    def _numbers(self, response: Any, name: str) -> None:
        extensions = self._pool.FindAllExtensions(self._pool.FindMessageTypeByName(name))
        response.all_extension_numbers_response.base_type_name = name
        response.all_extension_numbers_response.extension_number.extend(sorted(e.number for e in extensions))

    def _add(self, response: Any, root: descriptor.FileDescriptor) -> None:
        """Adds a file and its imports, which saves the client further requests."""
        for file in _with_imports(root):
            proto = descriptor_pb2.FileDescriptorProto()
            file.CopyToProto(proto)
            response.file_descriptor_response.file_descriptor_proto.append(proto.SerializeToString())


def handlers(reflection: Reflection) -> list[grpc.GenericRpcHandler]:
    """Returns the handlers of both names."""

    async def serve(requests: AsyncIterator[Any], _context: Any) -> AsyncIterator[Any]:
        async for request in requests:
            yield reflection.answer(request)

    method = grpc.stream_stream_rpc_method_handler(
        serve,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    return [grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": method}) for name in SERVICES]


def _with_imports(root: descriptor.FileDescriptor) -> Iterable[descriptor.FileDescriptor]:
    found = {root.name: root}
    waiting = [root]
    while waiting:
        for imported in waiting.pop().dependencies:
            if imported.name not in found:
                found[imported.name] = imported
                waiting.append(imported)
    return found.values()
