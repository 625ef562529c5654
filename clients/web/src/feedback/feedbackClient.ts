import { createClient } from "@connectrpc/connect";

import { partingTransport } from "../api/client";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";

/**
 * The client that sends feedback. The page shows feedback at once, so the call must reach the platform even if the
 * viewer leaves the page.
 */
export const feedbackClient = createClient(ViewingService, partingTransport);
