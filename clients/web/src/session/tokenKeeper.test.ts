import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Tokens } from "./tokenKeeper";
import { TokenKeeper } from "./tokenKeeper";

class SignedOut extends Error {}

const START = 1_000_000;
let now = START;
let issued = 0;

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

function aKeeper(exchange: (spent: string) => Promise<Tokens>, exclusively = queue()) {
  return new TokenKeeper({
    lasting: window.localStorage,
    passing: window.sessionStorage,
    exchange,
    exclusively,
    isFinal: (failure) => failure instanceof SignedOut,
    now: () => now,
  });
}

beforeEach(() => {
  window.localStorage.clear();
  window.sessionStorage.clear();
  now = START;
  issued = 0;
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
    expect(exchange).toHaveBeenCalledExactlyOnceWith("refresh-1");
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
    const exchange = (token: string) => {
      spent.push(token);
      return Promise.resolve(nextTokens());
    };
    const [one, other] = [aKeeper(exchange, exclusively), aKeeper(exchange, exclusively)];
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
});
