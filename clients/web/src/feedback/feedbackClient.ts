import { createClient } from "@connectrpc/connect";

import { partingTransport } from "../api/client";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";

/** Takes down what viewers mark. A mark is shown as soon as it is made, so it must arrive though the page is left. */
export const feedbackClient = createClient(ViewingService, partingTransport);
