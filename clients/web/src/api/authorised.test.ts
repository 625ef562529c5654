import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { IdentityService } from "../gen/marquee/identity/v1/identity_service_pb";
import type { TokenKeeper } from "../session/tokenKeeper";
import { authorised } from "./authorised";

function keeperOf(token: string | undefined, fresh?: string): TokenKeeper {
  return { current: () => Promise.resolve(token), renew: () => Promise.resolve(fresh) } as unknown as TokenKeeper;
}

/** An identity service that takes one token, and tells which ones it was sent. */
function anIdentity(accepts: string, reason: string | undefined, tokens: TokenKeeper) {
  const seen: (string | null)[] = [];
  const details = reason ? [{ desc: ErrorInfoSchema, value: { reason, domain: "platform.marquee" } }] : [];
  const transport = createRouterTransport(
    ({ service }) => {
      service(IdentityService, {
        getAccount: (_, context) => {
          seen.push(context.requestHeader.get("authorization"));
          if (seen.at(-1) === `Bearer ${accepts}`) return {};
          throw new ConnectError("no", Code.Unauthenticated, undefined, details);
        },
        logIn: (_, context) => {
          seen.push(context.requestHeader.get("authorization"));
          return {};
        },
      });
    },
    { transport: { interceptors: [authorised(tokens)] } },
  );
  return { identity: createClient(IdentityService, transport), seen };
}

describe("a call", () => {
  it("carries the access token", async () => {
    const { identity, seen } = anIdentity("good", undefined, keeperOf("good"));
    await identity.getAccount({});

    expect(seen).toEqual(["Bearer good"]);
  });

  it("is made again with a fresh token when the first has ended", async () => {
    const { identity, seen } = anIdentity("fresh", "TOKEN_EXPIRED", keeperOf("old", "fresh"));
    await identity.getAccount({});

    expect(seen).toEqual(["Bearer old", "Bearer fresh"]);
  });

  it("is made again when the edge refuses the token without a reason", async () => {
    const { identity, seen } = anIdentity("fresh", undefined, keeperOf("old", "fresh"));
    await identity.getAccount({});

    expect(seen).toHaveLength(2);
  });

  it("is made again only once", async () => {
    const { identity, seen } = anIdentity("other", "TOKEN_EXPIRED", keeperOf("old", "fresh"));

    await expect(identity.getAccount({})).rejects.toThrow(ConnectError);
    expect(seen).toHaveLength(2);
  });

  it("that brings its own credential carries no token", async () => {
    const { identity, seen } = anIdentity("good", undefined, keeperOf("good"));
    await identity.logIn({});

    expect(seen).toEqual([null]);
  });
});
