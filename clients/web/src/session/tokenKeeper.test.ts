import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Exchange, TokenKeeperNeeds, Tokens } from "./tokenKeeper";
import { TokenKeeper } from "./tokenKeeper";

class SignedOut extends Error {}
class ProfileGone extends Error {}

const START = 1_000_000;
let now = START;
let issued = 0;
let requests = 0;

function nextTokens(): Tokens {
  issued += 1;
  return { accessToken: `access-${issued}`, refreshToken: `refresh-${issued}`, expires: now + 900_000 };
}

/** Runs one piece of work after another, as Web Locks do between tabs. */
function queue() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
}

function aKeeper(exchange: (request: Exchange) => Promise<Tokens>, needs: Partial<TokenKeeperNeeds> = {}) {
  return new TokenKeeper({
    lasting: window.localStorage,
    passing: window.sessionStorage,
    exchange,
    newRequestId: () => `request-${++requests}`,
    exclusively: queue(),
    isFinal: (failure) => failure instanceof SignedOut,
    isProfileGone: (failure) => failure instanceof ProfileGone,
    now: () => now,
    ...needs,
  });
}

beforeEach(() => {
  window.localStorage.clear();
  window.sessionStorage.clear();
  now = START;
  issued = 0;
  requests = 0;
});

describe("the keeper of tokens", () => {
  it("answers nothing to a guest and asks nobody", async () => {
    const exchange = vi.fn(() => Promise.resolve(nextTokens()));

    expect(await aKeeper(exchange).current()).toBeUndefined();
    expect(exchange).not.toHaveBeenCalled();
  });

  it("uses an access token until shortly before it ends", async () => {
    const exchange = vi.fn(() => Promise.resolve(nextTokens()));
    const keeper = aKeeper(exchange);
    keeper.signIn(nextTokens(), true);

    expect(await keeper.current()).toBe("access-1");
    now += 900_000 - 10_000;
    expect(await keeper.current()).toBe("access-2");
    expect(exchange).toHaveBeenCalledExactlyOnceWith({
      refreshToken: "refresh-1",
      profileId: "",
      requestId: "request-1",
    });
  });

  it("exchanges once for calls that come together", async () => {
    const exchange = vi.fn(() => Promise.resolve(nextTokens()));
    const keeper = aKeeper(exchange);
    keeper.signIn(nextTokens(), true);

    const fresh = await Promise.all([keeper.renew("access-1"), keeper.renew("access-1")]);

    expect(fresh).toEqual(["access-2", "access-2"]);
    expect(exchange).toHaveBeenCalledOnce();
  });

  it("spends each refresh token once, whichever tab it is", async () => {
    const exclusively = queue();
    const spent: string[] = [];
    const exchange = ({ refreshToken }: Exchange) => {
      spent.push(refreshToken);
      return Promise.resolve(nextTokens());
    };
    const [one, other] = [aKeeper(exchange, { exclusively }), aKeeper(exchange, { exclusively })];
    one.signIn(nextTokens(), true);

    await Promise.all([one.renew("access-1"), other.renew(undefined)]);

    expect(spent).toEqual(["refresh-1", "refresh-2"]);
  });

  it("keeps the refresh token with the tab where the viewer wants it so", () => {
    const keeper = aKeeper(() => Promise.resolve(nextTokens()));
    keeper.signIn(nextTokens(), false);

    expect(window.localStorage.length).toBe(0);
    expect(keeper.refreshToken).toBe("refresh-1");
  });

  it("signs out when the platform has ended the log-in", async () => {
    const keeper = aKeeper(() => Promise.reject(new SignedOut()));
    const signedOut = vi.fn();
    keeper.onSignedOut(signedOut);
    keeper.signIn(nextTokens(), true);

    expect(await keeper.renew("access-1")).toBeUndefined();
    expect(signedOut).toHaveBeenCalledOnce();
    expect(keeper.holdsTokens()).toBe(false);
  });

  it("stays signed in while the network is down", async () => {
    const keeper = aKeeper(() => Promise.reject(new Error("offline")));
    keeper.signIn(nextTokens(), true);

    await expect(keeper.renew("access-1")).rejects.toThrow("offline");
    expect(keeper.refreshToken).toBe("refresh-1");
  });

  it("tries again under the same id, in case only the response was lost, and under another one next time", async () => {
    const ids: string[] = [];
    const keeper = aKeeper(({ requestId }) => {
      ids.push(requestId);
      return ids.length === 1 ? Promise.reject(new Error("offline")) : Promise.resolve(nextTokens());
    });
    keeper.signIn(nextTokens(), true);
    await expect(keeper.renew("access-1")).rejects.toThrow("offline");
    await keeper.renew("access-1");
    await keeper.renew("access-2");

    expect(ids).toEqual(["request-1", "request-1", "request-2"]);
  });
});

describe("the profile of a tab", () => {
  /** The platform binds the access token to the profile that is named, or to the one that another tab selected last. */
  const exchange = ({ profileId }: Exchange) =>
    Promise.resolve({ ...nextTokens(), accessToken: `access/${profileId || "adult"}` });

  it("is named in each exchange", async () => {
    const keeper = aKeeper(exchange);
    keeper.signIn(nextTokens(), true);
    keeper.bindProfile("kid");

    expect(await keeper.renew("access-1")).toBe("access/kid");
    expect(await keeper.current()).toBe("access/kid");
  });

  it("survives a reload, and ends with the tab", async () => {
    aKeeper(exchange).signIn(nextTokens(), true);
    aKeeper(exchange).bindProfile("kid");
    expect(await aKeeper(exchange).current()).toBe("access/kid");
    window.sessionStorage.clear();

    expect(await aKeeper(exchange).current()).toBe("access/adult");
  });

  it("never becomes another one because the platform cannot be reached", async () => {
    const keeper = aKeeper(() => Promise.reject(new Error("offline")));
    keeper.signIn({ ...nextTokens(), expires: now }, true);
    keeper.bindProfile("kid");

    await expect(keeper.current()).rejects.toThrow("offline");
    expect(keeper.profileId).toBe("kid");
  });

  it("is reported as gone once it no longer exists", async () => {
    const gone = vi.fn();
    const keeper = aKeeper((request) =>
      request.profileId === "kid" ? Promise.reject(new ProfileGone()) : exchange(request),
    );
    keeper.onProfileGone(gone);
    keeper.signIn({ ...nextTokens(), expires: now }, true);
    keeper.bindProfile("kid");

    expect(await keeper.current()).toBe("access/adult");
    expect(gone).toHaveBeenCalledOnce();
    expect(keeper.profileId).toBeUndefined();
  });

  it("ends with the log-in", () => {
    const keeper = aKeeper(exchange);
    keeper.signIn(nextTokens(), true);
    keeper.bindProfile("kid");
    keeper.forget();

    expect(keeper.profileId).toBeUndefined();
  });
});
