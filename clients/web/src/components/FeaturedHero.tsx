import { useQuery } from "@connectrpc/connect-query";
import { Link } from "@tanstack/react-router";
import { Info, Lock, Pause, Play } from "lucide-react";
import { useEffect, useState } from "react";

import { useTitleAccess } from "../api/access";
import { lockLabel } from "../format/access";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_pb";
import { useStrings } from "../strings/useStrings";
import { buttons } from "./buttons";
import { HERO_STAGE, HeroSkeleton } from "./HeroSkeleton";
import { ErrorMessage } from "./Messages";
import { TitleHero } from "./TitleHero";

const SHOWN_FOR_MS = 9_000;

/** What the editors put forward, one title at a time. */
export function FeaturedHero() {
  const strings = useStrings();
  const featured = useQuery(CatalogService.method.listTitles, { featuredOnly: true, pageSize: 6 });
  const titles = featured.data?.titles ?? [];
  const [index, setIndex] = useState(0);
  const [running, setRunning] = useState(() => !window.matchMedia("(prefers-reduced-motion: reduce)").matches);
  const [attended, setAttended] = useState(false);

  useEffect(() => {
    if (!running || attended || titles.length < 2) return;
    const timer = window.setTimeout(() => setIndex((index + 1) % titles.length), SHOWN_FOR_MS);
    return () => window.clearTimeout(timer);
  }, [running, attended, index, titles.length]);

  if (featured.error)
    return (
      <div className={HERO_STAGE}>
        <ErrorMessage error={featured.error} retry={featured.refetch} />
      </div>
    );
  if (featured.isPending) return <HeroSkeleton />;
  const title = titles[index % Math.max(1, titles.length)];
  if (!title) return <div className="h-20" />;
  return (
    <section
      aria-label={strings.home.featured}
      className="relative"
      onPointerEnter={() => setAttended(true)}
      onPointerLeave={() => setAttended(false)}
      onFocus={() => setAttended(true)}
      onBlur={() => setAttended(false)}
    >
      <TitleHero key={title.titleId} title={title} as="h2" eyebrow={strings.home.featured} className={HERO_STAGE}>
        <FeaturedActions title={title} />
      </TitleHero>
      {titles.length > 1 ? (
        <div className="gutter absolute inset-x-0 bottom-0 flex items-center gap-0.5 sm:bottom-8 sm:justify-end">
          {titles.map((each, at) => (
            <button
              key={each.titleId}
              type="button"
              aria-label={strings.home.showFeatured(each.title)}
              aria-current={at === index}
              className="group grid h-8 w-8 place-items-center rounded-full sm:w-10"
              onClick={() => setIndex(at)}
            >
              <span className="h-1 w-full rounded-full bg-paper/35 transition-colors group-hover:bg-paper/70 group-aria-current:bg-bulb" />
            </button>
          ))}
          <button
            type="button"
            aria-label={running ? strings.home.pause : strings.home.resume}
            className="ml-1 grid size-8 place-items-center rounded-full text-paper/70 hover:text-paper"
            onClick={() => setRunning(!running)}
          >
            {running ? <Pause className="size-3.5 fill-current" /> : <Play className="size-3.5 fill-current" />}
          </button>
        </div>
      ) : null}
    </section>
  );
}

function FeaturedActions({ title }: { title: Title }) {
  const strings = useStrings();
  const decision = useTitleAccess(title.titleId);
  const params = { titleId: title.titleId };
  const closed = decision && !decision.allowed;
  return (
    <div className="flex flex-wrap gap-3 pt-1 pb-4 sm:pb-0">
      {closed ? (
        <Link
          to="/title/$titleId"
          params={params}
          className={buttons.primary}
          aria-label={strings.tile.closed(title.title, lockLabel(decision, strings))}
        >
          <Lock aria-hidden="true" className="size-4.5" />
          {lockLabel(decision, strings)}
        </Link>
      ) : (
        <Link
          to="/play/$titleId"
          params={params}
          className={buttons.primary}
          aria-label={strings.title.playTitle(title.title)}
        >
          <Play aria-hidden="true" className="size-5 fill-current" />
          {strings.title.play}
        </Link>
      )}
      <Link
        to="/title/$titleId"
        params={params}
        className={buttons.secondary}
        aria-label={`${strings.title.details}: ${title.title}`}
      >
        <Info aria-hidden="true" className="size-5" />
        {strings.title.details}
      </Link>
    </div>
  );
}
