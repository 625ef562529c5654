import { BellRing, History, Sparkles } from "lucide-react";

import type { Programme } from "../gen/marquee/epg/v1/epg_pb";
import { useStrings } from "../strings/useStrings";
import { catchUpEnd } from "./catchUp";
import { useGuideMarks } from "./guideMarks";

const BADGE = "inline-block shrink-0 rounded px-1.5 text-[0.65rem] leading-4.5 font-semibold tracking-wide uppercase";

/** The badges of a programme that is live or was not shown before. */
export function GuideBadges({ programme }: { programme: Programme }) {
  const { guide } = useStrings();
  return (
    <>
      {programme.live ? <span className={`${BADGE} bg-danger text-ink`}>{guide.live}</span> : null}
      {programme.firstRun ? <span className={`${BADGE} bg-paper/15 text-paper`}>{guide.isNew}</span> : null}
    </>
  );
}

interface CatchUpMarkProps {
  programme: Programme | undefined;
  /** When the programme ends. */
  end: number;
  now: number;
  className?: string;
}

/** The badge of a programme that the viewer would like; the reason is its tooltip. */
export function LikeBadge({ reason }: { reason: string }) {
  const { guide } = useStrings();
  return (
    <span title={reason} className={`${BADGE} inline-flex items-center gap-1 bg-bulb/20 text-bulb-soft`}>
      <Sparkles aria-hidden="true" className="size-3" />
      {guide.forYou}
    </span>
  );
}

/** The mark of a programme that the viewer will be reminded of. */
export function ReminderMark({ programme, className = "" }: { programme: Programme | undefined; className?: string }) {
  const { reminders } = useStrings();
  const { reminded } = useGuideMarks();
  if (!programme || !reminded.has(programme.programmeId)) return null;
  return (
    <span title={reminders.isSet} className={`inline-flex shrink-0 text-bulb ${className}`}>
      <BellRing aria-hidden="true" className="size-[1.1em]" />
      <span className="sr-only">{reminders.isSet}</span>
    </span>
  );
}

/** The mark of an ended programme that can still be played. */
export function CatchUpMark({ programme, end, now, className = "" }: CatchUpMarkProps) {
  const { guide } = useStrings();
  if (catchUpEnd(programme, end, now) === undefined) return null;
  return (
    <span title={guide.onCatchUp} className={`inline-flex shrink-0 text-bulb-soft ${className}`}>
      <History aria-hidden="true" className="size-[1.1em]" />
      <span className="sr-only">{guide.onCatchUp}</span>
    </span>
  );
}
