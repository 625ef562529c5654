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

/** Puts a title on the list or takes it off. */
export function ListButton({ title, compact = false }: { title: Title; compact?: boolean }) {
  const { feedback } = useStrings();
  const [listed, list] = useWatchlistEntry(title.titleId, title.displayName);
  const Icon = listed ? Check : Plus;
  return (
    <button
      type="button"
      aria-label={listed ? feedback.listRemove : feedback.listAdd}
      className={buttons.secondary}
      onClick={() => list(!listed)}
    >
      <Icon aria-hidden="true" className={`size-5 ${listed ? "text-bulb" : ""}`} />
      <span className={compact ? "max-sm:hidden" : ""}>{feedback.list}</span>
    </button>
  );
}

/** A thumb up and a thumb down, of which one or none is set. */
export function ThumbButtons({ titleId }: { titleId: string }) {
  const { feedback } = useStrings();
  const [thumb, say] = useThumb(titleId);
  return (
    <>
      <button
        type="button"
        aria-label={feedback.up}
        title={feedback.up}
        aria-pressed={thumb === Thumb.UP}
        className={ROUND}
        onClick={() => say(Thumb.UP)}
      >
        <ThumbsUp aria-hidden="true" className="size-5" />
      </button>
      <button
        type="button"
        aria-label={feedback.down}
        title={feedback.down}
        aria-pressed={thumb === Thumb.DOWN}
        className={ROUND}
        onClick={() => say(Thumb.DOWN)}
      >
        <ThumbsDown aria-hidden="true" className="size-5" />
      </button>
    </>
  );
}

/** Keeps a title out of recommendations. The notice that follows holds the way back. */
export function HideButton({ title }: { title: Title }) {
  const { feedback } = useStrings();
  const hide = useHiding(title.titleId, title.displayName);
  return (
    <button type="button" aria-label={feedback.hide} title={feedback.hide} className={ROUND} onClick={hide}>
      <EyeOff aria-hidden="true" className="size-5" />
    </button>
  );
}
