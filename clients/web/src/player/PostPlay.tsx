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

/** Suggestions are asked for this many seconds before the end, so that they stand there when it comes. */
const AHEAD = 30;
const SHOWN = 4;

interface PostPlayProps {
  titleId: string;
  /** What was watched. */
  subject: Subject | undefined;
  /** How many seconds are left. */
  left: number;
  ended: boolean;
  onWatchAgain: () => void;
}

/** What to watch after a title that has no next episode. Nothing plays by itself: it is another story. */
export function PostPlay({ titleId, subject, left, ended, onWatchAgain }: PostPlayProps) {
  const strings = useStrings();
  const near = ended || left <= AHEAD;
  const { data } = useQuery(
    RecommendationService.method.listPostPlay,
    near && subject ? { subject, pageSize: SHOWN } : skipToken,
    { retry: false },
  );
  const titleIds = useMemo(() => data?.items.map((item) => titleIdOf(item.subject)) ?? [], [data]);
  const { byId } = useTitles(titleIds);
  if (!ended) return null;
  const known = data?.items.flatMap((item) => {
    const title = byId.get(titleIdOf(item.subject));
    return title ? [{ item, title }] : [];
  });
  return (
    <section
      aria-label={strings.player.finishedHeading}
      data-focus-room=""
      className="absolute inset-0 z-20 grid place-items-center overflow-y-auto bg-ink/88 p-6 backdrop-blur-sm"
    >
      <div className="flex w-full max-w-4xl animate-rise flex-col items-center gap-7">
        <p role="status" className="font-literary text-3xl font-semibold">
          {known && known.length > 0 ? strings.postPlay.heading : strings.player.finishedHeading}
        </p>
        <ul className="grid w-full grid-cols-2 justify-center gap-4 empty:hidden sm:grid-cols-[repeat(auto-fit,minmax(9rem,12rem))] sm:gap-6">
          {known?.map(({ item, title }, index) => (
            <li key={title.titleId}>
              <NextTitle item={item} title={title} focused={index === 0} />
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

function NextTitle({ item, title, focused }: { item: Item; title: Title; focused: boolean }) {
  const strings = useStrings();
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (focused) link.current?.focus();
  }, [focused]);
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
