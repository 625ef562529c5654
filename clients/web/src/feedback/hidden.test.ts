import { describe, expect, it } from "vitest";

import { Hidden, isHidden } from "./hidden";

describe("a title that the viewer hides", () => {
  it("is hidden in every rail if no rail is named", () => {
    const hidden = new Hidden();
    hidden.hide("t1");

    expect(isHidden(hidden.snapshot(), "t1", "for-you")).toBe(true);
    expect(isHidden(hidden.snapshot(), "t2", "for-you")).toBe(false);
  });

  it("is hidden in one rail only if that rail is named", () => {
    const hidden = new Hidden();
    hidden.hide("t1", "continue-watching");

    expect(isHidden(hidden.snapshot(), "t1", "continue-watching")).toBe(true);
    expect(isHidden(hidden.snapshot(), "t1", "for-you")).toBe(false);
  });

  it("may return to a rail with the next home, unless it is hidden in every rail", () => {
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

  it("returns when the viewer undoes it", () => {
    const hidden = new Hidden();
    hidden.hide("t1");
    hidden.restore("t1");

    expect(isHidden(hidden.snapshot(), "t1")).toBe(false);
  });
});
