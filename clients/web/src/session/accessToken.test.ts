import { describe, expect, it } from "vitest";

import { profileIdOf } from "./accessToken";

const token = (claims: unknown) => `head.${btoa(JSON.stringify(claims)).replaceAll("=", "")}.signature`;

describe("the profile of an access token", () => {
  it("is the one that its claims name", () => {
    expect(profileIdOf(token({ sub: "a1", pid: "p1", name: "???>>>" }))).toBe("p1");
  });

  it("is unknown where the claims name none, or cannot be read", () => {
    for (const unread of [token({ sub: "a1" }), token({ pid: "" }), token({ pid: 7 }), "", "a.b.c", "access-1"])
      expect(profileIdOf(unread)).toBeUndefined();
  });
});
