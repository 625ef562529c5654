import { Play } from "lucide-react";
import { useEffect, useState } from "react";

import { buttons } from "../components/buttons";
import type { NextUp } from "../gen/marquee/playback/v1/playback_pb";
import { useStrings } from "../strings/useStrings";

/** The card appears this many seconds before the end, but not before the last third of the video. */
const LEAD_SECONDS = 15;

interface NextEpisodeCardProps {
  next: NextUp;
  /** The position in the video and its duration, in seconds. */
  position: number;
  duration: number;
  ended: boolean;
  onPlay: () => void;
}

/** Offers the next episode near the end. Plays it at the end unless the viewer chose to watch the credits. */
export function NextEpisodeCard({ next, position, duration, ended, onPlay }: NextEpisodeCardProps) {
  const strings = useStrings();
  const [declined, setDeclined] = useState(false);
  const shouldPlayNext = ended && !declined;
  const secondsLeft = duration - position;

  useEffect(() => {
    if (shouldPlayNext) onPlay();
    // The effect must not run again when a render passes a new `onPlay` function.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shouldPlayNext]);

  if (duration === 0 || secondsLeft > Math.min(LEAD_SECONDS, duration / 3) || (declined && !ended)) return null;
  return (
    <section
      aria-label={strings.player.nextEpisode}
      className="absolute right-4 bottom-32 z-10 w-[min(22rem,calc(100vw-2rem))] animate-rise rounded-2xl border border-paper/15 bg-ink/92 p-5 shadow-2xl backdrop-blur sm:right-8 sm:bottom-36"
    >
      <p className="text-xs font-semibold tracking-[0.16em] text-bulb uppercase">{strings.player.nextEpisode}</p>
      <p className="mt-1.5 font-medium">
        {strings.player.episode(next.seasonNumber, next.episodeNumber, next.displayName)}
      </p>
      {declined ? null : (
        <p role="timer" className="mt-1 text-sm text-muted">
          {strings.player.nextIn(Math.max(0, Math.ceil(secondsLeft)))}
        </p>
      )}
      <div className="mt-4 flex flex-wrap gap-2">
        <button type="button" autoFocus className={buttons.primary} onClick={onPlay}>
          <Play aria-hidden="true" className="size-4 fill-current" />
          {strings.player.playNow}
        </button>
        {declined ? null : (
          <button type="button" className={buttons.quiet} onClick={() => setDeclined(true)}>
            {strings.player.watchCredits}
          </button>
        )}
      </div>
    </section>
  );
}
