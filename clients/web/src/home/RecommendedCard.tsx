import { Link } from "@tanstack/react-router";
import { EllipsisVertical, Play } from "lucide-react";
import { memo } from "react";

import { episodeIdOf, episodeSearch, titleIdOf } from "../api/subjects";
import { anchorOf } from "../art/compose";
import { Backdrop, Poster } from "../art/Poster";
import { Caption } from "../components/Caption";
import { LockBadge } from "../components/LockBadge";
import { ProgressBar } from "../components/ProgressBar";
import { useLongKeyPress } from "../focus/useLongKeyPress";
import { leadingReason, lockLabel } from "../format/access";
import { progress, seconds } from "../format/time";
import { factLine } from "../format/title";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { AccessDecision } from "../gen/marquee/entitlement/v1/entitlement_pb";
import type { Item } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { useStrings } from "../strings/useStrings";

export interface RecommendedCardProps {
  item: Item;
  title: Title | undefined;
  decision: AccessDecision | undefined;
  /** The recommendation decision that contains the item. */
  decisionId: string;
  /** Whether the card resumes playback: it is wide, and plays on click. */
  isContinued: boolean;
  /** The label of the episode. */
  episodeLabel: string;
  className: string;
  onMore: (item: Item) => void;
}

/**
 * The card of a recommended title: its picture, the reason of the recommendation, and a button that opens its sheet.
 */
export const RecommendedCard = memo(function RecommendedCard(props: RecommendedCardProps) {
  const { item, title, decision, decisionId, isContinued, className, onMore } = props;
  const strings = useStrings();
  const titleId = titleIdOf(item.subject);
  const longPressHandlers = useLongKeyPress(() => onMore(item));
  const name = title?.displayName ?? strings.item.loading;
  const note = noteOf(props, strings);
  return (
    <div
      data-item={titleId}
      className={`group relative shrink-0 snap-start scroll-mx-[clamp(1rem,4vw,4.5rem)] ${className}`}
    >
      <Link
        {...(isContinued ? { to: "/play/$titleId", search: episodeSearch(item.play) } : { to: "/title/$titleId" })}
        params={{ titleId }}
        state={{ decisionId }}
        data-card=""
        aria-label={labelOf(props, name, note, strings)}
        aria-busy={title === undefined}
        aria-keyshortcuts="ContextMenu"
        className="block scroll-mx-[clamp(1rem,4vw,4.5rem)] scroll-my-28 rounded-lg"
        {...longPressHandlers}
      >
        <div
          data-picture=""
          className={`relative overflow-hidden rounded-lg bg-lifted shadow-lg shadow-black/40 transition-transform duration-300 ease-stage group-hover:scale-[1.04] group-has-[a:focus-visible]:scale-[1.04] ${isContinued ? "aspect-video" : "aspect-2/3"} ${title ? "" : "animate-pulse"}`}
        >
          {title ? (
            <Picture title={title} isContinued={isContinued} episodeId={episodeIdOf(item.play)} decision={decision} />
          ) : null}
          {isContinued ? <PlayIcon /> : <Reason>{item.explanation?.sentence ?? ""}</Reason>}
          <ProgressBar share={progress(item.position, item.duration)} className="absolute inset-x-0 bottom-0" />
        </div>
        <Caption title={title?.displayName ?? ""} note={note} className="pr-8" />
      </Link>
      <button
        type="button"
        data-card-more=""
        data-arrows="skip"
        aria-label={strings.item.more(name)}
        aria-haspopup="dialog"
        className="absolute -right-1.5 bottom-8 grid size-9 place-items-center rounded-full text-muted transition-colors hover:bg-paper/10 hover:text-paper"
        onClick={() => onMore(item)}
      >
        <EllipsisVertical aria-hidden="true" className="size-4.5" />
      </button>
    </div>
  );
});

interface PictureProps {
  title: Title;
  isContinued: boolean;
  episodeId: string;
  decision: AccessDecision | undefined;
}

function Picture({ title, isContinued, episodeId, decision }: PictureProps) {
  const isLocked = decision && !decision.allowed;
  return (
    <>
      <div className={`absolute inset-0 ${isLocked ? "brightness-[0.72] saturate-[0.85]" : ""}`}>
        {isContinued ? <Backdrop title={title} scene={episodeId} /> : <Poster title={title} />}
      </div>
      <LockBadge decision={decision} at={isContinued || anchorOf(title) === "bottom" ? "top" : "bottom"} />
    </>
  );
}

/** The reason of the recommendation. It appears over the picture on hover or focus, so the layout does not move. */
function Reason({ children }: { children: string }) {
  if (!children) return null;
  return (
    <span
      aria-hidden="true"
      className="absolute inset-x-0 bottom-0 flex translate-y-2 items-end bg-linear-to-t from-ink from-55% via-ink/90 via-75% to-transparent px-2.5 pt-14 pb-3 text-[0.78rem] leading-snug font-medium text-paper opacity-0 transition duration-200 group-hover:translate-y-0 group-hover:opacity-100 group-has-[a:focus-visible]:translate-y-0 group-has-[a:focus-visible]:opacity-100"
    >
      <span>{children}</span>
    </span>
  );
}

function PlayIcon() {
  return (
    <span className="absolute top-1/2 left-1/2 grid size-12 -translate-1/2 place-items-center rounded-full bg-ink/70 text-paper backdrop-blur transition-colors group-hover:bg-bulb group-hover:text-ink group-has-[a:focus-visible]:bg-bulb group-has-[a:focus-visible]:text-ink">
      <Play aria-hidden="true" className="size-5 translate-x-px fill-current" />
    </span>
  );
}

type Strings = ReturnType<typeof useStrings>;

/** Returns the line under the picture. */
function noteOf({ item, title, isContinued, episodeLabel }: RecommendedCardProps, strings: Strings): string {
  if (!isContinued) return title ? factLine(title, strings) : "";
  const secondsLeft = seconds(item.duration) - seconds(item.position);
  const timeLabel = seconds(item.position) > 0 && secondsLeft > 0 ? strings.tile.left(secondsLeft) : strings.tile.next;
  return [episodeLabel, timeLabel].filter(Boolean).join(" · ");
}

/**
 * Returns the label for screen readers: the name, how to get access if the title is locked, and the reason of the
 * recommendation.
 */
function labelOf(
  { item, title, decision, isContinued }: RecommendedCardProps,
  name: string,
  note: string,
  strings: Strings,
): string {
  if (!title) return name;
  if (isContinued) return [strings.tile.resume(name), note].filter(Boolean).join(", ");
  const nameAndAccess =
    decision && !decision.allowed
      ? strings.tile.closed(name, `${leadingReason(decision, strings)} ${lockLabel(decision, strings)}`)
      : name;
  const sentence = item.explanation?.sentence ?? "";
  return sentence ? `${nameAndAccess}. ${sentence}` : nameAndAccess;
}
