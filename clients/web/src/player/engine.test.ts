import { describe, expect, it } from "vitest";

import { offered } from "./engine";

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
