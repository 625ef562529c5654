import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { IdentityService } from "../gen/marquee/identity/v1/identity_service_pb";
import type { TokenKeeper } from "../session/tokenKeeper";
import { attachAccessToken } from "./authorised";

function keeperOf(token: string | undefined, fresh?: string): TokenKeeper {
  return { current: () => Promise.resolve(token), renew: () => Promise.resolve(fresh) } as unknown as TokenKeeper;
}

/** Returns a client of a service that accepts one token, and the list of the tokens that the service received. */
function anIdentity(accepts: string, reason: string | undefined, tokens: TokenKeeper) {
  const receivedTokens: (string | null)[] = [];
  const details = reason ? [{ desc: ErrorInfoSchema, value: { reason, domain: "platform.marquee" } }] : [];
  const transport = createRouterTransport(
    ({ service }) => {
      service(IdentityService, {
        getAccount: (_, context) => {
          receivedTokens.push(context.requestHeader.get("authorization"));
          if (receivedTokens.at(-1) === `Bearer ${accepts}`) return {};
          throw new ConnectError("no", Code.Unauthenticated, undefined, details);
        },
        logIn: (_, context) => {
          receivedTokens.push(context.requestHeader.get("authorization"));
          return {};
        },
      });
    },
    { transport: { interceptors: [attachAccessToken(tokens)] } },
  );
  return { identity: createClient(IdentityService, transport), receivedTokens };
}

describe("a call", () => {
  it("carries the access token", async () => {
    const { identity, receivedTokens } = anIdentity("good", undefined, keeperOf("good"));
    await identity.getAccount({});

    expect(receivedTokens).toEqual(["Bearer good"]);
  });

  it("is repeated with a fresh token if the first one has expired", async () => {
    const { identity, receivedTokens } = anIdentity("fresh", "TOKEN_EXPIRED", keeperOf("old", "fresh"));
    await identity.getAccount({});

    expect(receivedTokens).toEqual(["Bearer old", "Bearer fresh"]);
  });

  it("is repeated if the edge refuses the token without a reason", async () => {
    const { identity, receivedTokens } = anIdentity("fresh", undefined, keeperOf("old", "fresh"));
    await identity.getAccount({});

    expect(receivedTokens).toHaveLength(2);
  });

  it("is repeated only once", async () => {
    const { identity, receivedTokens } = anIdentity("other", "TOKEN_EXPIRED", keeperOf("old", "fresh"));

    await expect(identity.getAccount({})).rejects.toThrow(ConnectError);
    expect(receivedTokens).toHaveLength(2);
  });

  it("that brings its own credential carries no token", async () => {
    const { identity, receivedTokens } = anIdentity("good", undefined, keeperOf("good"));
    await identity.logIn({});

    expect(receivedTokens).toEqual([null]);
  });
});
