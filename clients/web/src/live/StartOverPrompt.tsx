import { SkipBack } from "lucide-react";
import { useEffect, useState } from "react";

import { buttons } from "../components/buttons";
import { MINUTE } from "../guide/guideTime";
import { useStrings } from "../strings/useStrings";

/** The offer disappears after this time. */
const SHOWN_FOR_MS = 12_000;

interface StartOverPromptProps {
  /** How much of the programme is over, in milliseconds. */
  elapsed: number;
  onStartOver: () => void;
}

/**
 * Offers a running programme from its beginning to a viewer who joined it. It does not take the focus, because a viewer
 * who changes channels would start over by accident.
 */
export function StartOverPrompt({ elapsed, onStartOver }: StartOverPromptProps) {
  const { live } = useStrings();
  const [minutes] = useState(() => Math.max(1, Math.round(elapsed / MINUTE)));
  const [isShown, setIsShown] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setIsShown(false), SHOWN_FOR_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  return (
    <section
      aria-label={live.startOver}
      className="absolute right-4 bottom-40 z-10 w-[min(20rem,calc(100vw-2rem))] animate-rise rounded-2xl border border-paper/15 bg-ink/92 p-4 shadow-2xl backdrop-blur sm:right-8 sm:bottom-44"
    >
      <p role="status" className="text-sm text-paper/85">
        {live.joined(minutes)}
      </p>
      <div className="mt-3 flex flex-wrap gap-2">
        <button type="button" className={buttons.primary} onClick={onStartOver}>
          <SkipBack aria-hidden="true" className="size-4 fill-current" />
          {live.startOver}
        </button>
        <button type="button" className={buttons.quiet} onClick={() => setIsShown(false)}>
          {live.stayLive}
        </button>
      </div>
    </section>
  );
}
