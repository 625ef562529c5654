import { describe, expect, it } from "vitest";

import { Hidden, isHidden } from "./hidden";

describe("what the viewer took off", () => {
  it("is gone from every rail when it is of no interest", () => {
    const hidden = new Hidden();
    hidden.hide("t1");

    expect(isHidden(hidden.snapshot(), "t1", "for-you")).toBe(true);
    expect(isHidden(hidden.snapshot(), "t2", "for-you")).toBe(false);
  });

  it("is gone from one rail alone when it was only in the way there", () => {
    const hidden = new Hidden();
    hidden.hide("t1", "continue-watching");

    expect(isHidden(hidden.snapshot(), "t1", "continue-watching")).toBe(true);
    expect(isHidden(hidden.snapshot(), "t1", "for-you")).toBe(false);
  });

  it("may come back to its row with the next home, but not when it is of no interest", () => {
    const hidden = new Hidden();
    hidden.renewed("d1");
    hidden.hide("t1", "continue-watching");
    hidden.hide("t2");
    hidden.renewed("d1");
    expect(isHidden(hidden.snapshot(), "t1", "continue-watching")).toBe(true);
    hidden.renewed("d2");

    expect(isHidden(hidden.snapshot(), "t1", "continue-watching")).toBe(false);
    expect(isHidden(hidden.snapshot(), "t2", "for-you")).toBe(true);
  });

  it("comes back when that is taken back", () => {
    const hidden = new Hidden();
    hidden.hide("t1");
    hidden.restore("t1");

    expect(isHidden(hidden.snapshot(), "t1")).toBe(false);
  });
});
