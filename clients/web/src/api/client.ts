import { createGrpcWebTransport } from "@connectrpc/connect-web";

import { tokens } from "../session/tokens";
import { attachAccessToken } from "./authorised";
import { attachConsistencyToken, newestWrite } from "./consistency";

const interceptors = [attachConsistencyToken(newestWrite), attachAccessToken(tokens)];

/** The transport to the platform that served this page, with the viewer's access token. */
export const transport = createGrpcWebTransport({ baseUrl: window.location.origin, interceptors });

/** The same transport for calls that the browser must send even if the viewer leaves the page. */
export const partingTransport = createGrpcWebTransport({
  baseUrl: window.location.origin,
  interceptors,
  fetch: (input, init) => fetch(input, { ...init, keepalive: true }),
});
