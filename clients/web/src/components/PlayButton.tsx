import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";

import { usePlayTarget } from "../api/episodes";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Bookmark } from "../gen/marquee/viewing/v1/viewing_pb";
import { useStrings } from "../strings/useStrings";
import { buttons } from "./buttons";
import { ProgressBar } from "./ProgressBar";

/** Plays from the beginning, or resumes at the bookmark and shows the time that is left. */
export function PlayButton({ title, bookmarks }: { title: Title; bookmarks: readonly Bookmark[] }) {
  const strings = useStrings();
  const next = usePlayTarget(title, bookmarks);
  const { episode } = next;
  const label = episode
    ? (next.state === "begun" ? strings.title.resumeEpisode : strings.title.playEpisode)(
        episode.seasonNumber,
        episode.episodeNumber,
      )
    : { begun: strings.title.resume, fresh: strings.title.play, watched: strings.title.watchAgain }[next.state];
  return (
    <div className="flex flex-wrap items-center gap-4 pt-1">
      <Link
        to="/play/$titleId"
        params={{ titleId: title.titleId }}
        search={episode ? { episode: episode.episodeId } : {}}
        state={({ decisionId }) => (decisionId ? { decisionId } : {})}
        className={`${buttons.primary} px-7 text-base`}
      >
        <Play aria-hidden="true" className="size-5 fill-current" />
        {label}
      </Link>
      {next.state === "begun" ? (
        <div className="flex items-center gap-3 text-sm text-paper/85">
          <ProgressBar share={next.share} className="w-28 rounded-full" />
          {strings.tile.left(next.left)}
        </div>
      ) : null}
    </div>
  );
}
