import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";

import { episodeSearch, titleIdOf } from "../api/subjects";
import { useTitles } from "../api/titles";
import { Poster } from "../art/Poster";
import { buttons } from "../components/buttons";
import { Caption } from "../components/Caption";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Item } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import type { Subject } from "../gen/marquee/type/v1/type_pb";
import { useStrings } from "../strings/useStrings";

/** The card requests recommendations this many seconds before the end, so that they are ready at the end. */
const PREFETCH_SECONDS = 30;
const MAX_RECOMMENDATIONS = 4;

interface PostPlayProps {
  titleId: string;
  /** The title or episode that ends. */
  subject: Subject | undefined;
  /** The seconds until the end of the video. */
  secondsLeft: number;
  ended: boolean;
  onWatchAgain: () => void;
}

/** Recommends titles after a title that has no next episode. The viewer chooses whether one plays. */
export function PostPlay({ titleId, subject, secondsLeft, ended, onWatchAgain }: PostPlayProps) {
  const strings = useStrings();
  const isNearEnd = ended || secondsLeft <= PREFETCH_SECONDS;
  const { data } = useQuery(
    RecommendationService.method.listPostPlay,
    isNearEnd && subject ? { subject, pageSize: MAX_RECOMMENDATIONS } : skipToken,
    { retry: false },
  );
  const titleIds = useMemo(() => data?.items.map((item) => titleIdOf(item.subject)) ?? [], [data]);
  const { byId } = useTitles(titleIds);
  if (!ended) return null;
  const recommendations = data?.items.flatMap((item) => {
    const title = byId.get(titleIdOf(item.subject));
    return title ? [{ item, title }] : [];
  });
  return (
    <section
      aria-label={strings.player.finishedHeading}
      data-focus-scope=""
      className="absolute inset-0 z-20 grid place-items-center overflow-y-auto bg-ink/88 p-6 backdrop-blur-sm"
    >
      <div className="flex w-full max-w-4xl animate-rise flex-col items-center gap-7">
        <p role="status" className="font-literary text-3xl font-semibold">
          {recommendations && recommendations.length > 0 ? strings.postPlay.heading : strings.player.finishedHeading}
        </p>
        <ul className="grid w-full grid-cols-2 justify-center gap-4 empty:hidden sm:grid-cols-[repeat(auto-fit,minmax(9rem,12rem))] sm:gap-6">
          {recommendations?.map(({ item, title }, index) => (
            <li key={title.titleId}>
              <NextTitle item={item} title={title} isFirst={index === 0} />
            </li>
          ))}
        </ul>
        <div className="flex flex-wrap justify-center gap-3">
          <button type="button" autoFocus className={buttons.secondary} onClick={onWatchAgain}>
            {strings.player.watchAgain}
          </button>
          <Link to="/title/$titleId" params={{ titleId }} replace className={buttons.quiet}>
            {strings.player.toTitle}
          </Link>
        </div>
      </div>
    </section>
  );
}

function NextTitle({ item, title, isFirst }: { item: Item; title: Title; isFirst: boolean }) {
  const strings = useStrings();
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (isFirst) link.current?.focus();
  }, [isFirst]);
  return (
    <Link
      ref={link}
      to="/play/$titleId"
      params={{ titleId: title.titleId }}
      search={episodeSearch(item.play)}
      replace
      aria-label={[strings.postPlay.playTitle(title.displayName), item.explanation?.sentence]
        .filter(Boolean)
        .join(". ")}
      data-card=""
      className="group block rounded-lg text-left"
    >
      <span
        data-picture=""
        className="relative block aspect-2/3 overflow-hidden rounded-lg bg-lifted transition-transform duration-300 ease-stage group-hover:scale-[1.03]"
      >
        <Poster title={title} />
      </span>
      <Caption title={title.displayName} note={item.explanation?.sentence ?? ""} />
    </Link>
  );
}
