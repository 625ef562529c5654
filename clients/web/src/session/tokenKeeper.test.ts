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

/** Returns a function that runs one task after another, as Web Locks do between tabs. */
function createTaskQueue() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work, work);
    last = result;
    return result;
  };
}

function aKeeper(exchange: (request: Exchange) => Promise<Tokens>, needs: Partial<TokenKeeperNeeds> = {}) {
  return new TokenKeeper({
    browserStorage: window.localStorage,
    tabStorage: window.sessionStorage,
    exchange,
    newRequestId: () => `request-${++requests}`,
    exclusively: createTaskQueue(),
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

describe("the token keeper", () => {
  it("returns no token for a guest and makes no exchange", async () => {
    const exchange = vi.fn(() => Promise.resolve(nextTokens()));

    expect(await aKeeper(exchange).current()).toBeUndefined();
    expect(exchange).not.toHaveBeenCalled();
  });

  it("uses an access token until shortly before it expires", async () => {
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

  it("makes one exchange for concurrent calls", async () => {
    const exchange = vi.fn(() => Promise.resolve(nextTokens()));
    const keeper = aKeeper(exchange);
    keeper.signIn(nextTokens(), true);

    const renewedTokens = await Promise.all([keeper.renew("access-1"), keeper.renew("access-1")]);

    expect(renewedTokens).toEqual(["access-2", "access-2"]);
    expect(exchange).toHaveBeenCalledOnce();
  });

  it("uses each refresh token only once, in whichever tab", async () => {
    const exclusively = createTaskQueue();
    const usedTokens: string[] = [];
    const exchange = ({ refreshToken }: Exchange) => {
      usedTokens.push(refreshToken);
      return Promise.resolve(nextTokens());
    };
    const [one, other] = [aKeeper(exchange, { exclusively }), aKeeper(exchange, { exclusively })];
    one.signIn(nextTokens(), true);

    await Promise.all([one.renew("access-1"), other.renew(undefined)]);

    expect(usedTokens).toEqual(["refresh-1", "refresh-2"]);
  });

  it("stores the refresh token in the tab if the viewer does not want to stay signed in", () => {
    const keeper = aKeeper(() => Promise.resolve(nextTokens()));
    keeper.signIn(nextTokens(), false);

    expect(window.localStorage.length).toBe(0);
    expect(keeper.refreshToken).toBe("refresh-1");
  });

  it("signs out if the platform has ended the log-in", async () => {
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

  it("repeats a failed exchange under the same id, and makes the next exchange under another id", async () => {
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

  it("is kept after a reload, and ends with the tab", async () => {
    aKeeper(exchange).signIn(nextTokens(), true);
    aKeeper(exchange).bindProfile("kid");
    expect(await aKeeper(exchange).current()).toBe("access/kid");
    window.sessionStorage.clear();

    expect(await aKeeper(exchange).current()).toBe("access/adult");
  });

  it("does not change while the platform cannot be reached", async () => {
    const keeper = aKeeper(() => Promise.reject(new Error("offline")));
    keeper.signIn({ ...nextTokens(), expires: now }, true);
    keeper.bindProfile("kid");

    await expect(keeper.current()).rejects.toThrow("offline");
    expect(keeper.profileId).toBe("kid");
  });

  it("is reported as gone once it no longer exists", async () => {
    const onGone = vi.fn();
    const keeper = aKeeper((request) =>
      request.profileId === "kid" ? Promise.reject(new ProfileGone()) : exchange(request),
    );
    keeper.onProfileGone(onGone);
    keeper.signIn({ ...nextTokens(), expires: now }, true);
    keeper.bindProfile("kid");

    expect(await keeper.current()).toBe("access/adult");
    expect(onGone).toHaveBeenCalledOnce();
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
