import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";

import { useAccess } from "../api/access";
import { titleIdOf, titleSubject } from "../api/subjects";
import { useTitles } from "../api/titles";
import { useFocusMemory } from "../focus/useFocusMemory";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Item } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { RecommendedCard } from "../home/RecommendedCard";
import { ItemSheet } from "../home/ItemSheet";
import { isHidden } from "../feedback/hidden";
import { useHidden } from "../feedback/useHiding";
import { useStrings } from "../strings/useStrings";
import { ContentRail } from "./ContentRail";
import { PosterSkeletons } from "./Skeletons";
import { RAIL_POSTER, TitleRail } from "./TitleRail";
import { useOnScreen } from "./useOnScreen";

/** The titles that are similar in meaning. If that call fails, it shows titles of the same genre. */
export function SimilarRail({ title }: { title: Title }) {
  const strings = useStrings();
  const [ref, hasAppeared] = useOnScreen<HTMLDivElement>();
  const container = useRef<HTMLDivElement>(null);
  const similar = useQuery(
    RecommendationService.method.listSimilarTitles,
    hasAppeared ? { subject: titleSubject(title.titleId) } : skipToken,
    { retry: false },
  );
  const hiddenTitles = useHidden();
  const titleIds = useMemo(() => similar.data?.items.map((item) => titleIdOf(item.subject)) ?? [], [similar.data]);
  const { byId, complete } = useTitles(titleIds);
  const decisions = useAccess(useMemo(() => [titleIds], [titleIds]));
  const [opened, setOpened] = useState<Item>();
  const open = useCallback((item: Item) => setOpened(item), []);
  const items = similar.data?.items.filter(
    ({ subject }) => !isHidden(hiddenTitles, titleIdOf(subject)) && !(complete && !byId.has(titleIdOf(subject))),
  );
  useFocusMemory(container, (items?.length ?? 0) > 0);
  const [genre] = title.genres;
  if (similar.error)
    return genre ? (
      <TitleRail
        heading={genre.displayName}
        list={{ genreId: genre.genreId }}
        seeAll={{ to: "/browse/{-$genre}", params: { genre: genre.genreId } }}
      />
    ) : null;
  if (items?.length === 0) return null;
  return (
    <div ref={ref}>
      <div ref={container}>
        <ContentRail heading={strings.similar} railId="similar" count={items?.length ?? 0}>
          {items ? null : <PosterSkeletons count={9} className={`mb-17.5 ${RAIL_POSTER}`} />}
          {items?.map((item) => (
            <RecommendedCard
              key={titleIdOf(item.subject)}
              item={item}
              title={byId.get(titleIdOf(item.subject))}
              decision={decisions.get(titleIdOf(item.subject))}
              decisionId=""
              isContinued={false}
              episodeLabel=""
              className={RAIL_POSTER}
              onMore={open}
            />
          ))}
        </ContentRail>
        {opened ? <ItemSheet item={opened} decisionId="" onClose={() => setOpened(undefined)} /> : null}
      </div>
    </div>
  );
}
