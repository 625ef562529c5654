import { Link } from "@tanstack/react-router";
import { ChevronDown, Lock, Play } from "lucide-react";
import { useState } from "react";

import { usePlayTarget, useSeason } from "../api/episodes";
import { episodeIdOf } from "../api/subjects";
import { Backdrop } from "../art/Poster";
import { progress, seconds } from "../format/time";
import { seasonName } from "../format/title";
import type { Episode, Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Bookmark } from "../gen/marquee/viewing/v1/viewing_pb";
import { useStrings } from "../strings/useStrings";
import { ChoiceMenu } from "./ChoiceMenu";
import { ErrorMessage } from "./Messages";
import { ProgressBar } from "./ProgressBar";
import { Skeleton } from "./Skeletons";

interface EpisodeListProps {
  title: Title;
  bookmarks: readonly Bookmark[];
  open: boolean;
}

/** The episodes of one season. At first it shows the season that the profile is watching. */
export function EpisodeList({ title, bookmarks, open }: EpisodeListProps) {
  const strings = useStrings();
  const [chosen, setChosen] = useState<number>();
  const next = usePlayTarget(title, bookmarks);
  const seasonNumber = chosen ?? next.episode?.seasonNumber;
  const season = title.seasons.find((each) => each.seasonNumber === seasonNumber) ?? title.seasons[0];
  const isSeasonKnown = chosen !== undefined || !next.isPending;
  const episodes = useSeason(title.titleId, isSeasonKnown ? season?.seasonNumber : undefined);
  if (!season) return null;
  return (
    <section className="gutter mt-12">
      <div className="mb-4 flex items-center justify-between gap-4">
        <h2 className="text-xl font-semibold">{strings.title.episodes}</h2>
        {title.seasons.length > 1 ? (
          <ChoiceMenu
            label={seasonName(season, strings)}
            align="right"
            choices={title.seasons.map((each) => ({
              value: each.seasonNumber,
              label: seasonName(each, strings),
              note: String(each.episodeCount),
            }))}
            chosen={season.seasonNumber}
            onChoose={setChosen}
            buttonClass="inline-flex min-h-11 items-center gap-2 rounded-full border border-line px-5 text-sm font-medium hover:border-muted"
          >
            {seasonName(season, strings)}
            <ChevronDown aria-hidden="true" className="size-4" />
          </ChoiceMenu>
        ) : null}
      </div>
      {episodes.error ? <ErrorMessage error={episodes.error} retry={episodes.refetch} /> : null}
      <ol className="grid gap-2 xl:grid-cols-2 xl:gap-x-8">
        {episodes.isPending ? <SkeletonRows count={season.episodeCount} /> : null}
        {episodes.data?.episodes.map((episode) => (
          <EpisodeRow
            key={episode.episodeId}
            title={title}
            episode={episode}
            bookmark={bookmarks.find((each) => episodeIdOf(each.subject) === episode.episodeId)}
            open={open}
          />
        ))}
      </ol>
    </section>
  );
}

function SkeletonRows({ count }: { count: number }) {
  return Array.from({ length: Math.min(count, 8) }, (_, index) => (
    <li key={index}>
      <Skeleton className="my-3 h-18 sm:h-25" />
    </li>
  ));
}

interface EpisodeRowProps {
  title: Title;
  episode: Episode;
  bookmark: Bookmark | undefined;
  open: boolean;
}

function EpisodeRow({ title, episode, bookmark, open }: EpisodeRowProps) {
  const strings = useStrings();
  const share = bookmark?.watched ? 1 : progress(bookmark?.position, bookmark?.duration);
  const name = strings.title.episode(episode.episodeNumber, episode.displayName);
  const watchedText = bookmark?.watched ? strings.title.seen : share > 0 ? strings.title.seenShare(share) : "";
  const Icon = open ? Play : Lock;
  return (
    <li>
      <Link
        to="/play/$titleId"
        params={{ titleId: title.titleId }}
        search={{ episode: episode.episodeId }}
        aria-label={[name, watchedText].filter(Boolean).join(", ")}
        className="group -mx-3 flex scroll-my-28 items-start gap-4 rounded-2xl p-3 transition-colors hover:bg-paper/6 sm:gap-5"
      >
        <div className="relative aspect-video w-32 shrink-0 overflow-hidden rounded-lg bg-lifted sm:w-44">
          <Backdrop title={title} scene={episode.episodeId} sceneImages={episode.images} />
          <span className="absolute inset-0 grid place-items-center bg-ink/25 transition-colors group-hover:bg-ink/45">
            <Icon
              aria-hidden="true"
              className={`size-8 rounded-full bg-ink/70 p-2 transition-colors group-hover:bg-bulb group-hover:text-ink ${open ? "fill-current" : ""}`}
            />
          </span>
          <ProgressBar share={share} className="absolute inset-x-0 bottom-0" />
        </div>
        <div className="min-w-0 grow">
          <div className="flex items-baseline justify-between gap-3">
            <h3 className="font-medium">{name}</h3>
            <span className="shrink-0 text-xs text-muted">{strings.length(seconds(episode.duration))}</span>
          </div>
          <p className="mt-1 text-sm text-muted">{episode.synopsis}</p>
          {watchedText ? <p className="mt-1.5 text-xs text-bulb-soft">{watchedText}</p> : null}
        </div>
      </Link>
    </li>
  );
}
