import type { LinkProps } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";

import { ProgrammePicture } from "../art/ProgrammePicture";
import { Caption } from "../components/Caption";
import { ProgressBar } from "../components/ProgressBar";
import { useStrings } from "../strings/useStrings";
import { CatchUpMark } from "./GuideBadges";
import { elapsedShare, isRunning } from "./guideTime";
import { datedTimesLabel } from "./labels";
import type { ScheduledProgramme } from "./schedule";

interface ProgrammeCardProps {
  entry: ScheduledProgramme;
  channelName: string;
  now: number;
  /** Where the programme can be opened. */
  link: LinkProps;
}

/** A programme as a wide card, with its time and its channel. */
export function ProgrammeCard({ entry, channelName, now, link }: ProgrammeCardProps) {
  const strings = useStrings();
  const { programme } = entry;
  const isOn = isRunning(entry, now);
  const time = isOn ? strings.guide.onNow : datedTimesLabel(entry, now, strings);
  const note = [time, channelName].filter(Boolean).join(" · ");
  return (
    <Link
      {...link}
      data-card=""
      data-item={programme.programmeId}
      aria-label={`${programme.displayName}. ${note}`}
      className="group block w-[clamp(12rem,52vw,15rem)] shrink-0 snap-start scroll-mx-[clamp(1rem,4vw,4.5rem)] scroll-my-28 rounded-lg sm:w-[clamp(13rem,17vw,21rem)]"
    >
      <div
        data-picture=""
        className="relative aspect-video overflow-hidden rounded-lg bg-lifted shadow-lg shadow-black/40 transition-transform duration-300 ease-stage group-hover:scale-[1.03] group-focus-visible:scale-[1.03]"
      >
        <ProgrammePicture programme={programme} />
        <CatchUpMark
          programme={programme}
          end={entry.end}
          now={now}
          className="absolute top-2 right-2 rounded-full bg-ink/85 p-1.5"
        />
        {isOn ? <ProgressBar share={elapsedShare(entry, now)} className="absolute inset-x-0 bottom-0" /> : null}
      </div>
      <Caption title={programme.displayName} note={note} />
    </Link>
  );
}
