import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

import { problemOf } from "../api/problem";
import { IdentityService } from "../gen/marquee/identity/v1/identity_pb";
import type { Tokens } from "./tokenKeeper";
import { TokenKeeper } from "./tokenKeeper";

const identity = createClient(IdentityService, createGrpcWebTransport({ baseUrl: window.location.origin }));

/** The tokens of this browser. */
export const tokens = new TokenKeeper({
  lasting: window.localStorage,
  passing: window.sessionStorage,
  exchange: async (refreshToken) => tokensOf(await identity.refreshToken({ refreshToken })),
  isFinal: (failure) => problemOf(failure).kind === "signed-out",
  exclusively: (work) => takeTurns(work),
  now: () => Date.now(),
});

/** The tokens in an answer of the identity service. */
export function tokensOf(answer: {
  accessToken: string;
  refreshToken: string;
  expireTime?: Parameters<typeof timestampMs>[0];
}): Tokens {
  return {
    accessToken: answer.accessToken,
    refreshToken: answer.refreshToken,
    expires: answer.expireTime ? timestampMs(answer.expireTime) : 0,
  };
}

async function takeTurns<T>(work: () => Promise<T>): Promise<T> {
  // Web Locks want a secure context; over plain http on a network address, tabs have to rely on the platform's grace.
  if (!("locks" in navigator)) return work();
  return navigator.locks.request("marquee.refresh", work);
}
