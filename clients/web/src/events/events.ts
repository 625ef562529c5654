import { createClient } from "@connectrpc/connect";

import { partingTransport, transport } from "../api/client";
import { randomUuid } from "../api/uuid";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { Recorder } from "./recorder";

/** The recorder of this browser's viewing events. */
export const events = new Recorder({
  viewing: createClient(ViewingService, transport),
  parting: createClient(ViewingService, partingTransport),
  newId: randomUuid,
  now: () => Date.now(),
});

// A hidden page may never become visible again: phones end it without another event.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") events.part();
});
window.addEventListener("pagehide", () => events.part());
