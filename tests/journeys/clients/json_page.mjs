// Walks with fetch and JSON in a page of another origin.

import { walk } from "./walk.mjs";

const SESSIONS = "/api/v1/playback/sessions";

/** The verb and the path of each method, and whether the request is its body. */
const PATHS = {
  LogIn: () => ["POST", "/api/v1/auth/login"],
  SearchTitles: ({ query }) => ["GET", `/api/v1/catalog/search?query=${encodeURIComponent(query)}`],
  StartSession: () => ["POST", SESSIONS],
  Heartbeat: ({ sessionId }) => ["POST", `${SESSIONS}/${sessionId}:heartbeat`],
  StopSession: ({ sessionId }) => ["DELETE", `${SESSIONS}/${sessionId}`],
};

export async function run(edge, viewer) {
  const client = {
    name: "page",
    seconds: (seconds) => `${seconds}s`,
    oneof: (name, field, value) => ({ [field]: value }),
    enumeration: (type, name) => name,
    async call(service, method, request, token) {
      const [verb, path] = PATHS[method](request);
      const headers = { "content-type": "application/json", "x-request-id": "from-a-page" };
      if (token) headers.authorization = `Bearer ${token}`;
      const body = verb === "POST" ? JSON.stringify(request) : undefined;
      const response = await fetch(edge + path, { method: verb, headers, body });
      if (response.headers.get("x-request-id") !== "from-a-page") throw new Error("the request id was not kept");
      const answer = await response.json();
      if (response.ok) return answer;
      throw { code: answer.code, reason: answer.details[0].reason, message: answer.message };
    },
  };
  const keys = await (await fetch(`${edge}/.well-known/jwks.json`)).json();
  return { ...(await walk(client, viewer)), publicKeys: keys.keys.length };
}
