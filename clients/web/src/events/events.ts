import { createClient } from "@connectrpc/connect";

import { partingTransport, transport } from "../api/client";
import { randomUuid } from "../api/uuid";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { Recorder } from "./recorder";

/** What this browser saw happen. */
export const events = new Recorder({
  viewing: createClient(ViewingService, transport),
  parting: createClient(ViewingService, partingTransport),
  newId: randomUuid,
  now: () => Date.now(),
});

// A page that is hidden may never come back: phones end it without a word.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") events.part();
});
window.addEventListener("pagehide", () => events.part());
