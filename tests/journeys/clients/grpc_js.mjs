// Walks with grpc-js: `node grpc_js.mjs <folder of node_modules> <descriptor set> <host:port> <JSON of the viewer>`.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { walk } from "./walk.mjs";

const [folder, descriptors, address, viewer] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const definition = loader.loadFileDescriptorSetFromBuffer(readFileSync(descriptors), { longs: Number, enums: String });
const root = grpc.loadPackageDefinition(definition);
const stubs = new Map();

function stub(service) {
  if (!stubs.has(service)) {
    const Client = service.split(".").reduce((found, name) => found[name], root);
    stubs.set(service, new Client(address, grpc.credentials.createInsecure()));
  }
  return stubs.get(service);
}

const client = {
  name: "grpc-js",
  seconds: (seconds) => ({ seconds, nanos: 0 }),
  oneof: (name, field, value) => ({ [field]: value }),
  enumeration: (type, name) => name,
  call(service, method, request, token) {
    const metadata = new grpc.Metadata();
    if (token) metadata.set("authorization", `bearer ${token}`);
    return new Promise((resolve, reject) => {
      stub(service)[method](respelled(request, toSnake), metadata, (error, response) =>
        error ? reject(told(error)) : resolve(respelled(response, toCamel)),
      );
    });
  },
};

// Definitions of a descriptor set have the names of the contract, unlike those of .proto files.
function respelled(value, spell) {
  if (Array.isArray(value)) return value.map((each) => respelled(each, spell));
  if (value === null || typeof value !== "object" || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [spell(name), respelled(each, spell)]));
}

function toSnake(name) {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toCamel(name) {
  return name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

function told(error) {
  const [details] = error.metadata.get("grpc-status-details-bin");
  const status = definition["google.rpc.Status"].deserialize(details);
  if (status.code !== error.code) throw new Error(`the trailers say ${error.code}, the details ${status.code}`);
  const info = definition["google.rpc.ErrorInfo"].deserialize(status.details[0].value);
  return { code: error.code, reason: info.reason, message: error.details };
}

console.log(JSON.stringify(await walk(client, JSON.parse(viewer))));
stubs.forEach((each) => each.close());
