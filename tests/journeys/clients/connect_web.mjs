// Walks with connect-web over gRPC-Web in a page of another origin, and tries connect-web's default transport.

import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";

import { walk } from "./walk.mjs";

export async function run(edge, descriptors, viewer) {
  const bytes = new Uint8Array(await (await fetch(descriptors)).arrayBuffer());
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  const info = registry.getMessage("google.rpc.ErrorInfo");
  const told = (error) => {
    const { code, rawMessage } = ConnectError.from(error);
    return { code, reason: ConnectError.from(error).findDetails(info)[0]?.reason, message: rawMessage };
  };
  const clients = (transport) => ({
    name: "connect-web",
    seconds: (seconds) => ({ seconds: BigInt(seconds), nanos: 0 }),
    oneof: (name, field, value) => ({ [name]: { case: field, value } }),
    enumeration: (type, name) => registry.getEnum(type).values.find((value) => value.name === name).number,
    async call(service, method, request, token) {
      const client = createClient(registry.getService(service), transport);
      const name = method[0].toLowerCase() + method.slice(1);
      try {
        return await client[name](request, token ? { headers: { authorization: `Bearer ${token}` } } : {});
      } catch (error) {
        throw told(error);
      }
    },
  });

  const seen = await walk(clients(createGrpcWebTransport({ baseUrl: edge })), viewer);
  const refused = [];
  for (const useBinaryFormat of [false, true]) {
    const { call } = clients(createConnectTransport({ baseUrl: edge, useBinaryFormat }));
    await call("marquee.catalog.v1.CatalogService", "SearchTitles", { query: viewer.query }).catch((error) =>
      refused.push({ ...error, code: Code[error.code] }),
    );
  }
  return { ...seen, refused };
}
