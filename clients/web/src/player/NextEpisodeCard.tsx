import { Play } from "lucide-react";
import { useEffect, useState } from "react";

import { buttons } from "../components/buttons";
import type { NextUp } from "../gen/marquee/playback/v1/playback_pb";
import { useStrings } from "../strings/useStrings";

/** The card comes up this many seconds before the end, and never before the last third. */
const LEAD = 15;

interface NextEpisodeCardProps {
  next: NextUp;
  /** Where the picture is, and how long it lasts, in seconds. */
  position: number;
  duration: number;
  ended: boolean;
  onPlay: () => void;
}

/** Offers the next episode near the end, and plays it at the end unless the viewer stays with this one. */
export function NextEpisodeCard({ next, position, duration, ended, onPlay }: NextEpisodeCardProps) {
  const strings = useStrings();
  const [declined, setDeclined] = useState(false);
  const over = ended && !declined;
  const left = duration - position;

  useEffect(() => {
    if (over) onPlay();
    // Once is enough, whatever `onPlay` the next render brings.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [over]);

  if (duration === 0 || left > Math.min(LEAD, duration / 3) || (declined && !ended)) return null;
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
          {strings.player.nextIn(Math.max(0, Math.ceil(left)))}
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
