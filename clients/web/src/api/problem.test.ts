import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { stringsIn } from "../strings";
import { KIND_OF_REASON, problemOf } from "./problem";

const CONTRACTS = import.meta.glob<{ ErrorReason?: Record<string, unknown> }>("../gen/marquee/**/*_pb.ts", {
  eager: true,
});

/** Returns the reasons of all public contracts, without their zero values. */
function publicReasons(): string[] {
  return Object.values(CONTRACTS)
    .flatMap(({ ErrorReason = {} }) => Object.keys(ErrorReason))
    .filter((name) => Number.isNaN(Number(name)) && name !== "UNSPECIFIED");
}

describe("every reason of the public contracts", () => {
  it("has a kind, and no other reason has one", () => {
    expect(publicReasons()).toContain("DEVICE_NOT_SUPPORTED");
    expect(Object.keys(KIND_OF_REASON).sort()).toEqual([...new Set(publicReasons())].sort());
  });

  it.each(publicReasons())("%s has a text", (reason) => {
    const error = new ConnectError("refused", Code.Unknown, undefined, [
      { desc: ErrorInfoSchema, value: { reason, domain: "test.marquee" } },
    ]);

    expect(stringsIn("en").problems[problemOf(error).kind]).toMatch(/^[A-Z].*\.$/);
  });
});
