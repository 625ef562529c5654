import { describe, expect, it } from "vitest";

import { atOrigin } from "./address";

const PLATFORM = "http://127.0.0.1:8080/api/v1/playback/sessions/s/dash/manifest.mpd?token=t";

describe("an address", () => {
  it("of the platform goes to the name that the page was reached by", () => {
    expect(atOrigin("http://127.0.0.1:8080/media/p/1.m4s?token=t", PLATFORM, "http://localhost:8080/play/x")).toBe(
      "http://localhost:8080/media/p/1.m4s?token=t",
    );
  });

  it("of a CDN stays", () => {
    const segment = "https://cdn.test/media/p/1.m4s?token=t";

    expect(atOrigin(segment, PLATFORM, "http://localhost:8080/play/x")).toBe(segment);
  });
});
