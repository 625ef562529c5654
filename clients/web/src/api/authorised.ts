import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";

import { IdentityService } from "../gen/marquee/identity/v1/identity_service_pb";
import type { TokenKeeper } from "../session/tokenKeeper";
import { reasonOf } from "./reason";

const { register, logIn, refreshToken, logOut } = IdentityService.method;

/** The methods whose request carries its own credential. They need no access token, which could have expired. */
const METHODS_WITH_CREDENTIAL = new Set([register, logIn, refreshToken, logOut].map((method) => method.name));

/** Attaches the access token. If the platform reports that it has expired, renews it and repeats the call once. */
export function attachAccessToken(tokens: TokenKeeper): Interceptor {
  return (next) => async (request) => {
    if (request.service.typeName === IdentityService.typeName && METHODS_WITH_CREDENTIAL.has(request.method.name)) {
      return next(request);
    }
    const token = await tokens.current();
    if (token === undefined) return next(request);
    request.header.set("authorization", `Bearer ${token}`);
    try {
      return await next(request);
    } catch (error) {
      if (!isExpired(error)) throw error;
      const renewedToken = await tokens.renew(token);
      if (renewedToken === undefined) throw error;
      request.header.set("authorization", `Bearer ${renewedToken}`);
      return next(request);
    }
  };
}

/** The edge refuses an expired token before a service can state a reason, so UNAUTHENTICATED without one counts too. */
function isExpired(error: unknown): boolean {
  if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated) return false;
  const reason = reasonOf(error);
  return reason === undefined || reason === "TOKEN_EXPIRED" || reason === "TOKEN_INVALID";
}
