import { Link } from "@tanstack/react-router";

import { ProgrammePicture } from "../art/ProgrammePicture";
import { ProgressBar } from "../components/ProgressBar";
import { useStrings } from "../strings/useStrings";
import { catchUpEnd } from "./catchUp";
import { GuideBadges } from "./GuideBadges";
import { elapsedShare, isRunning } from "./guideTime";
import { clockTime, dayLabel, episodeLine, timesLabel } from "./labels";
import type { ScheduledProgramme } from "./schedule";

/** A programme of the catch-up page: one that has ended, or that runs and can be played from its beginning. */
export function CatchUpEntry({ entry, now }: { entry: ScheduledProgramme; now: number }) {
  const strings = useStrings();
  const { programme } = entry;
  const episode = episodeLine(programme, strings);
  const until = catchUpEnd(programme, entry.end, now);
  const isOn = isRunning(entry, now);
  const length = strings.length((entry.end - entry.start) / 1000);
  return (
    <li>
      <Link
        to="/catch-up"
        search={(current) => ({ ...current, programme: programme.programmeId })}
        resetScroll={false}
        data-card=""
        className="group flex gap-4 rounded-2xl p-2 transition-colors hover:bg-paper/6"
      >
        <div
          data-picture=""
          className="relative aspect-video w-32 shrink-0 self-start overflow-hidden rounded-lg bg-lifted sm:w-52"
        >
          <ProgrammePicture programme={programme} />
          {isOn ? <ProgressBar share={elapsedShare(entry, now)} className="absolute inset-x-0 bottom-0" /> : null}
        </div>
        <div className="min-w-0 py-0.5">
          <p className="text-xs text-muted tabular-nums">{[timesLabel(entry, strings), length].join(" · ")}</p>
          <p className="mt-0.5 flex flex-wrap items-center gap-x-2 font-medium">
            {programme.displayName}
            <GuideBadges programme={programme} />
          </p>
          {episode ? <p className="truncate text-sm text-paper/85">{episode}</p> : null}
          {programme.synopsis ? (
            <p className="mt-1 line-clamp-2 max-w-3xl text-sm text-muted max-sm:hidden">{programme.synopsis}</p>
          ) : null}
          <p className="mt-1 text-xs text-bulb-soft">
            {isOn ? strings.guide.onNow : null}
            {until ? strings.guide.until(`${dayLabel(until, now, strings)}, ${clockTime(until, strings)}`) : null}
          </p>
        </div>
      </Link>
    </li>
  );
}
