import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

import { problemOf } from "../api/problem";
import { randomUuid } from "../api/uuid";
import { IdentityService } from "../gen/marquee/identity/v1/identity_service_pb";
import type { Access } from "./tokenKeeper";
import { TokenKeeper } from "./tokenKeeper";

const identity = createClient(IdentityService, createGrpcWebTransport({ baseUrl: window.location.origin }));

/** The tokens of this browser. */
export const tokens = new TokenKeeper({
  browserStorage: window.localStorage,
  tabStorage: window.sessionStorage,
  exchange: async (request) => {
    const response = await identity.refreshToken(request);
    return { ...accessOf(response), refreshToken: response.refreshToken };
  },
  newRequestId: randomUuid,
  isFinal: (failure) => problemOf(failure).kind === "signed-out",
  isProfileGone: (failure) => ["profile-required", "not-found"].includes(problemOf(failure).kind),
  exclusively: (work) => runExclusively(work),
  now: () => Date.now(),
});

/** Returns the access token in a response of the identity service. */
export function accessOf(response: { accessToken: string; expireTime?: Parameters<typeof timestampMs>[0] }): Access {
  const { accessToken, expireTime } = response;
  return { accessToken, expires: expireTime ? timestampMs(expireTime) : 0 };
}

async function runExclusively<T>(work: () => Promise<T>): Promise<T> {
  // Web Locks need a secure context. Over plain HTTP, tabs rely on the platform's grace period for used refresh tokens.
  if (!("locks" in navigator)) return work();
  return navigator.locks.request("marquee.refresh", work);
}
