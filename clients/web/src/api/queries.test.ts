import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";

import { retryAfterFailure } from "./queries";

const unavailable = new ConnectError("away", Code.Unavailable);

describe("a query that failed", () => {
  it("is repeated with a growing delay if the failure is temporary", () => {
    const delays = [1, 2, 3, 9].map((errorUpdateCount) =>
      retryAfterFailure({ status: "error", error: unavailable, errorUpdateCount }),
    );

    expect(delays).toEqual([5_000, 10_000, 20_000, 60_000]);
  });

  it("is not repeated if the platform refused it, or if it has succeeded since", () => {
    const refused = new ConnectError("no", Code.PermissionDenied);

    expect(retryAfterFailure({ status: "error", error: refused, errorUpdateCount: 1 })).toBe(false);
    expect(retryAfterFailure({ status: "success", error: null, errorUpdateCount: 1 })).toBe(false);
  });
});
