import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { memo } from "react";

import { episodeIdOf, episodeSearch, titleIdOf } from "../api/subjects";
import { Backdrop } from "../art/Poster";
import { progress, seconds } from "../format/time";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { AccessDecision } from "../gen/marquee/entitlement/v1/entitlement_pb";
import type { ContinueWatchingItem } from "../gen/marquee/viewing/v1/viewing_pb";
import { useStrings } from "../strings/useStrings";
import { Caption } from "./Caption";
import { LockBadge } from "./LockBadge";
import { ProgressBar } from "./ProgressBar";

interface ContinueCardProps {
  item: ContinueWatchingItem;
  title: Title | undefined;
  decision: AccessDecision | undefined;
  className?: string;
}

/** A title that the profile started, with the time that is left. The card opens the player directly. */
export const ContinueCard = memo(function ContinueCard({ item, title, decision, className = "" }: ContinueCardProps) {
  const strings = useStrings();
  const secondsLeft = seconds(item.duration) - seconds(item.position);
  const isStarted = seconds(item.position) > 0;
  const note = isStarted && secondsLeft > 0 ? strings.tile.left(secondsLeft) : strings.tile.next;
  return (
    <Link
      to="/play/$titleId"
      params={{ titleId: titleIdOf(item.subject) }}
      search={episodeSearch(item.play)}
      data-card=""
      aria-label={[strings.tile.resume(item.displayName), item.episodeLabel, note].filter(Boolean).join(", ")}
      className={`group block shrink-0 snap-start scroll-mx-[clamp(1rem,4vw,4.5rem)] scroll-my-28 rounded-lg ${className}`}
    >
      <div
        data-picture=""
        className="relative aspect-video overflow-hidden rounded-lg bg-lifted shadow-lg shadow-black/40 transition-transform duration-300 ease-stage group-hover:scale-[1.03] group-focus-visible:scale-[1.03]"
      >
        {title ? <Backdrop title={title} scene={episodeIdOf(item.play)} /> : null}
        <LockBadge decision={decision} />
        <span className="absolute top-1/2 left-1/2 grid size-12 -translate-1/2 place-items-center rounded-full bg-ink/70 text-paper backdrop-blur transition-colors group-hover:bg-bulb group-hover:text-ink group-focus-visible:bg-bulb group-focus-visible:text-ink">
          <Play className="size-5 translate-x-px fill-current" />
        </span>
        <ProgressBar share={progress(item.position, item.duration)} className="absolute inset-x-0 bottom-0" />
      </div>
      <Caption title={item.displayName} note={[item.episodeLabel, note].filter(Boolean).join(" · ")} />
    </Link>
  );
});
