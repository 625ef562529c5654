import { describe, expect, it } from "vitest";

import { isOutage, offered } from "./engine";

describe("the qualities on offer", () => {
  it("are the heights of all tracks, the highest first and each once", () => {
    const tracks = [{ height: 360 }, { height: 1080 }, { height: 360 }, { height: null }, {}];

    expect(offered([], tracks)).toEqual([1080, 360]);
  });

  it("stay on offer while the engine avoids one of them", () => {
    expect(offered([1080, 360], [{ height: 360 }])).toEqual([1080, 360]);
    expect(offered([1080, 360], [])).toEqual([1080, 360]);
  });
});

describe("a failure", () => {
  it("is an outage where nothing was answered, or the platform was not well", () => {
    expect(isOutage({ code: 1002, data: ["/media/p/1.m4s"] })).toBe(true);
    expect(isOutage({ code: 1003, data: [] })).toBe(true);
    expect(isOutage({ code: 1001, data: ["/media/p/1.m4s", 503] })).toBe(true);
  });

  it("is none where the platform refused, or the picture cannot be shown", () => {
    expect(isOutage({ code: 1001, data: ["/media/p/1.m4s", 403] })).toBe(false);
    expect(isOutage({ code: 3016, data: [] })).toBe(false);
    expect(isOutage(new Error("unexpected"))).toBe(false);
    expect(isOutage(undefined)).toBe(false);
  });
});
