import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it } from "vitest";

import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { EpgService, WatchGuideResponseSchema } from "../gen/marquee/epg/v1/epg_service_pb";
import { PersonalGuideService } from "../gen/marquee/epg/v1/personal_guide_service_pb";
import { spanOfBlock } from "./guideTime";
import { applyChanges } from "./useGuideWatch";

const KEYS = {
  "block 1 of a, b": ["guide", 1, "a", "b"],
  "block 2 of a, b": ["guide", 2, "a", "b"],
  "block 1 of c": ["guide", 1, "c"],
  channels: createConnectQueryKey({ schema: EpgService.method.listChannels, cardinality: "finite" }),
  programme: createConnectQueryKey({ schema: EpgService.method.getProgramme, cardinality: "finite" }),
  reminders: createConnectQueryKey({ schema: PersonalGuideService.method.listReminders, cardinality: "finite" }),
  titles: createConnectQueryKey({ schema: CatalogService.method.listTitles, cardinality: "finite" }),
};
const LOADED_AT = 1_000;

let queries: QueryClient;
beforeEach(() => {
  queries = new QueryClient();
  for (const queryKey of Object.values(KEYS)) queries.setQueryData(queryKey, {}, { updatedAt: LOADED_AT });
});

/** Returns what is outdated after a response. */
function outdatedAfter(
  response: Parameters<typeof create<typeof WatchGuideResponseSchema>>[1],
  loadedBefore = Infinity,
) {
  applyChanges(queries, create(WatchGuideResponseSchema, response), loadedBefore);
  return Object.entries(KEYS).flatMap(([name, queryKey]) =>
    queries.getQueryState(queryKey)?.isInvalidated ? [name] : [],
  );
}

describe("what a response of the guide makes outdated", () => {
  it("is nothing if nothing has changed", () => {
    expect(outdatedAfter({ version: "1" })).toEqual([]);
  });

  it("is the part of the grid that changed, and what else shows programmes", () => {
    const { start, end } = spanOfBlock(1);
    const delta = { channelId: "b", startTime: timestampFromMs(start + 1), endTime: timestampFromMs(end) };

    expect(outdatedAfter({ schedules: [delta] })).toEqual(["block 1 of a, b", "programme"]);
  });

  it("is the list of channels if those changed", () => {
    expect(outdatedAfter({ channelsChanged: true })).toEqual(["channels", "programme"]);
  });

  it("is all that was loaded before, if all must be loaded again", () => {
    expect(outdatedAfter({ reload: true }, LOADED_AT)).toEqual([]);
    expect(outdatedAfter({ reload: true }, LOADED_AT + 1)).toEqual([
      "block 1 of a, b",
      "block 2 of a, b",
      "block 1 of c",
      "channels",
      "programme",
    ]);
  });

  it("is the list of reminders when one is due", () => {
    expect(outdatedAfter({ dueReminders: [{ reminderId: "r" }] })).toEqual(["reminders"]);
  });
});
