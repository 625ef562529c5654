import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import type { LinkProps } from "@tanstack/react-router";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { useMemo } from "react";

import { useAccess } from "../api/access";
import type { ListTitlesRequestSchema } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { ContentRail } from "./ContentRail";
import { ErrorMessage } from "./Messages";
import { PosterSkeletons } from "./Skeletons";
import { TitleCard } from "./TitleCard";
import { useOnScreen } from "./useOnScreen";

/** The width of a poster in a row: about two and a half fit on a phone, seven or eight on a television. */
export const RAIL_POSTER = "w-[clamp(7.5rem,36vw,9rem)] sm:w-[clamp(9rem,12.2vw,14rem)]";

/** The width of a wide card in a row. */
export const RAIL_WIDE = "w-[clamp(14rem,62vw,17rem)] sm:w-[clamp(16rem,21vw,25rem)]";

interface TitleRailProps {
  heading: string;
  list: MessageInitShape<typeof ListTitlesRequestSchema>;
  seeAll?: LinkProps;
}

/** A rail of titles that loads when it comes near the screen. Its height is the same before and after loading. */
export function TitleRail({ heading, list, seeAll }: TitleRailProps) {
  const [ref, hasAppeared] = useOnScreen<HTMLDivElement>();
  const titles = useQuery(CatalogService.method.listTitles, hasAppeared ? { pageSize: 24, ...list } : skipToken);
  const page = useMemo(() => [titles.data?.titles.map((title) => title.titleId) ?? []], [titles.data]);
  const decisions = useAccess(page);

  if (titles.data?.titles.length === 0) return null;
  return (
    <div ref={ref}>
      <ContentRail heading={heading} seeAll={seeAll} count={titles.data?.titles.length ?? 0}>
        {titles.error ? <ErrorMessage error={titles.error} retry={titles.refetch} /> : null}
        {titles.isPending ? <LoadingPosters /> : null}
        {titles.data?.titles.map((title) => (
          <TitleCard
            key={title.titleId}
            title={title}
            decision={decisions.get(title.titleId)}
            className={RAIL_POSTER}
          />
        ))}
      </ContentRail>
    </div>
  );
}

/** The placeholders of the posters. Their bottom margin reserves the height of the captions. */
function LoadingPosters() {
  return <PosterSkeletons count={9} className={`mb-17.5 ${RAIL_POSTER}`} />;
}
