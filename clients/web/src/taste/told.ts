import { createConnectQueryKey } from "@connectrpc/connect-query";
import type { QueryClient } from "@tanstack/react-query";

import { TasteService } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { homeChanged } from "../home/homeQuery";

/** Says that the viewer told something of their taste: what rests on it is asked for anew. */
export async function tasteTold(queries: QueryClient): Promise<void> {
  const signals = createConnectQueryKey({ schema: TasteService.method.listTasteSignals, cardinality: undefined });
  await Promise.all([homeChanged(queries), queries.invalidateQueries({ queryKey: signals })]);
}
