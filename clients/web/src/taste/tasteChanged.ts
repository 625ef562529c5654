import { createConnectQueryKey } from "@connectrpc/connect-query";
import type { QueryClient } from "@tanstack/react-query";

import { newestWrite } from "../api/consistency";
import { TasteService } from "../gen/marquee/recommendation/v1/taste_service_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { homeChanged } from "../home/homeQuery";
import { onTabMessage, sendToTabs } from "../session/tabMessages";
import { tokens } from "../session/tokens";

/** Refetches everything that depends on the viewer's taste, in this tab and in the viewer's other tabs. */
export async function tasteChanged(queries: QueryClient): Promise<void> {
  const { profileId } = tokens;
  if (profileId) sendToTabs({ kind: "viewing-changed", profileId, consistencyToken: newestWrite.token });
  await refetchTaste(queries);
}

/** Refetches what the same profile changed in another tab. Returns a function that stops it. */
export function followOtherTabs(queries: QueryClient): () => void {
  return onTabMessage((message) => {
    if (message.kind !== "viewing-changed" || message.profileId !== tokens.profileId) return;
    newestWrite.note(message.consistencyToken);
    const viewing = createConnectQueryKey({ schema: ViewingService, cardinality: undefined });
    void queries.invalidateQueries({ queryKey: viewing });
    void refetchTaste(queries);
  });
}

async function refetchTaste(queries: QueryClient): Promise<void> {
  const signals = createConnectQueryKey({ schema: TasteService.method.listTasteSignals, cardinality: undefined });
  await Promise.all([homeChanged(queries), queries.invalidateQueries({ queryKey: signals })]);
}
