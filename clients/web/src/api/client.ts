import { createGrpcWebTransport } from "@connectrpc/connect-web";

import { tokens } from "../session/tokens";
import { authorised } from "./authorised";
import { consistent, newestWrite } from "./consistency";

const interceptors = [consistent(newestWrite), authorised(tokens)];

/** Calls the platform that served this page, as whoever is signed in. */
export const transport = createGrpcWebTransport({ baseUrl: window.location.origin, interceptors });

/** The same, for what must arrive though the page is left: the browser sends it although nobody waits for the answer. */
export const partingTransport = createGrpcWebTransport({
  baseUrl: window.location.origin,
  interceptors,
  fetch: (input, init) => fetch(input, { ...init, keepalive: true }),
});
