import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";

import { IdentityService } from "../gen/marquee/identity/v1/identity_service_pb";
import type { TokenKeeper } from "../session/tokenKeeper";
import { reasonOf } from "./reason";

const { register, logIn, refreshToken, logOut } = IdentityService.method;

/** Calls that carry their own credential. An access token beside it would only be one more thing to expire. */
const SELF_SUFFICIENT = new Set([register, logIn, refreshToken, logOut].map((method) => method.name));

/** Attaches the access token, and renews it once when the platform says that it has ended. */
export function authorised(tokens: TokenKeeper): Interceptor {
  return (next) => async (request) => {
    if (request.service.typeName === IdentityService.typeName && SELF_SUFFICIENT.has(request.method.name)) {
      return next(request);
    }
    const token = await tokens.current();
    if (token === undefined) return next(request);
    request.header.set("authorization", `Bearer ${token}`);
    try {
      return await next(request);
    } catch (refused) {
      if (!isExpired(refused)) throw refused;
      const fresh = await tokens.renew(token);
      if (fresh === undefined) throw refused;
      request.header.set("authorization", `Bearer ${fresh}`);
      return next(request);
    }
  };
}

/** The edge refuses an ended token before any service can name the reason, so a bare UNAUTHENTICATED counts too. */
function isExpired(refused: unknown): boolean {
  if (!(refused instanceof ConnectError) || refused.code !== Code.Unauthenticated) return false;
  const reason = reasonOf(refused);
  return reason === undefined || reason === "TOKEN_EXPIRED" || reason === "TOKEN_INVALID";
}
