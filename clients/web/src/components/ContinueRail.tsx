import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import { useMemo } from "react";

import { useAccess } from "../api/access";
import { titleIdOf } from "../api/subjects";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { useStrings } from "../strings/useStrings";
import { ContentRail } from "./ContentRail";
import { ContinueCard } from "./ContinueCard";

/** The titles that the profile started and did not finish. Renders nothing if there are none. */
export function ContinueRail() {
  const strings = useStrings();
  const list = useQuery(ViewingService.method.listContinueWatching, {}, { staleTime: 0 });
  const titleIds = useMemo(() => list.data?.items.map((item) => titleIdOf(item.subject)) ?? [], [list.data]);
  const titles = useQuery(CatalogService.method.batchGetTitles, titleIds.length > 0 ? { titleIds } : skipToken);
  const decisions = useAccess(useMemo(() => [titleIds], [titleIds]));
  const byId = useMemo(() => new Map(titles.data?.titles.map((title) => [title.titleId, title])), [titles.data]);

  if (!list.data || list.data.items.length === 0) return null;
  return (
    <ContentRail heading={strings.home.continueWatching} count={list.data.items.length}>
      {list.data.items.map((item) => (
        <ContinueCard
          key={titleIdOf(item.subject)}
          item={item}
          title={byId.get(titleIdOf(item.subject))}
          decision={decisions.get(titleIdOf(item.subject))}
          className="w-[clamp(14rem,62vw,17rem)] sm:w-[clamp(16rem,21vw,25rem)]"
        />
      ))}
    </ContentRail>
  );
}
