import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";

import { retryAfterFailure } from "./queries";

const away = new ConnectError("away", Code.Unavailable);

describe("a query that failed", () => {
  it("is repeated by itself if the failure passes, less often each time", () => {
    const waits = [1, 2, 3, 9].map((errorUpdateCount) =>
      retryAfterFailure({ status: "error", error: away, errorUpdateCount }),
    );

    expect(waits).toEqual([5_000, 10_000, 20_000, 60_000]);
  });

  it("is left alone if the platform refused, or if it succeeds by now", () => {
    const refused = new ConnectError("no", Code.PermissionDenied);

    expect(retryAfterFailure({ status: "error", error: refused, errorUpdateCount: 1 })).toBe(false);
    expect(retryAfterFailure({ status: "success", error: null, errorUpdateCount: 1 })).toBe(false);
  });
});
