import { Check, EyeOff, Plus, ThumbsDown, ThumbsUp } from "lucide-react";

import { buttons } from "../components/buttons";
import { Thumb } from "../gen/marquee/viewing/v1/viewing_pb";
import { useStrings } from "../strings/useStrings";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { useHiding } from "./useHiding";
import { useWatchlistEntry } from "./useWatchlistEntry";
import { useThumb } from "./useThumb";

const ROUND =
  "grid size-11 shrink-0 place-items-center rounded-full bg-paper/12 text-paper backdrop-blur transition-colors hover:bg-paper/22 aria-pressed:bg-bulb aria-pressed:text-ink";

/** Adds a title to the watchlist or removes it. */
export function ListButton({ title, compact = false }: { title: Title; compact?: boolean }) {
  const { feedback } = useStrings();
  const [isListed, setListed] = useWatchlistEntry(title.titleId, title.displayName);
  const Icon = isListed ? Check : Plus;
  return (
    <button
      type="button"
      aria-label={isListed ? feedback.listRemove : feedback.listAdd}
      className={buttons.secondary}
      onClick={() => setListed(!isListed)}
    >
      <Icon aria-hidden="true" className={`size-5 ${isListed ? "text-bulb" : ""}`} />
      <span className={compact ? "max-sm:hidden" : ""}>{feedback.list}</span>
    </button>
  );
}

/** The buttons for thumb up and thumb down. At most one of them is set. */
export function ThumbButtons({ titleId }: { titleId: string }) {
  const { feedback } = useStrings();
  const [thumb, setThumb] = useThumb(titleId);
  return (
    <>
      <button
        type="button"
        aria-label={feedback.up}
        title={feedback.up}
        aria-pressed={thumb === Thumb.UP}
        className={ROUND}
        onClick={() => setThumb(Thumb.UP)}
      >
        <ThumbsUp aria-hidden="true" className="size-5" />
      </button>
      <button
        type="button"
        aria-label={feedback.down}
        title={feedback.down}
        aria-pressed={thumb === Thumb.DOWN}
        className={ROUND}
        onClick={() => setThumb(Thumb.DOWN)}
      >
        <ThumbsDown aria-hidden="true" className="size-5" />
      </button>
    </>
  );
}

/** Hides a title from recommendations. The toast that follows offers to undo it. */
export function HideButton({ title }: { title: Title }) {
  const { feedback } = useStrings();
  const hide = useHiding(title.titleId, title.displayName);
  return (
    <button type="button" aria-label={feedback.hide} title={feedback.hide} className={ROUND} onClick={hide}>
      <EyeOff aria-hidden="true" className="size-5" />
    </button>
  );
}
