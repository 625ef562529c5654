import { describe, expect, it } from "vitest";

import { atOrigin } from "./address";

const PLATFORM = "http://127.0.0.1:8080/api/v1/playback/sessions/s/dash/manifest.mpd?token=t";

describe("atOrigin", () => {
  it("moves a URL of the platform to the origin of the page", () => {
    expect(atOrigin("http://127.0.0.1:8080/media/p/1.m4s?token=t", PLATFORM, "http://localhost:8080/play/x")).toBe(
      "http://localhost:8080/media/p/1.m4s?token=t",
    );
  });

  it("does not change a URL of a CDN", () => {
    const segment = "https://cdn.test/media/p/1.m4s?token=t";

    expect(atOrigin(segment, PLATFORM, "http://localhost:8080/play/x")).toBe(segment);
  });
});
