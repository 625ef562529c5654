import { useEffect, useRef } from "react";

import { useStrings } from "../strings/useStrings";
import { isWatchable } from "./catchUp";
import { CatchUpMark, GuideBadges, ReminderMark } from "./GuideBadges";
import { elapsedShare, isRunning } from "./guideTime";
import { cellName, clockTime, episodeLine } from "./labels";
import type { Cell } from "./schedule";

interface DayEntryProps {
  cell: Cell;
  now: number;
  onOpenProgramme: (programmeId: string) => void;
}

/** One programme of a channel's day. The list opens with the running one on the screen. */
export function DayEntry({ cell, now, onOpenProgramme }: DayEntryProps) {
  const strings = useStrings();
  const element = useRef<HTMLLIElement>(null);
  const isNow = cell.programme !== undefined && isRunning(cell, now);
  useEffect(() => {
    const list = element.current?.parentElement;
    if (!isNow || !element.current || !list) return;
    // `scrollIntoView` would scroll the sheet too.
    const [entryBox, listBox] = [element.current.getBoundingClientRect(), list.getBoundingClientRect()];
    list.scrollTop += entryBox.top - listBox.top - (listBox.height - entryBox.height) / 2;
  }, [isNow]);
  const { programme } = cell;
  const episode = programme ? episodeLine(programme, strings) : "";
  const isOpen = isWatchable(programme, cell, now) || cell.start > now;
  const tone = programme && !programme.restricted && isOpen ? "text-paper" : "text-muted";
  const content = (
    <>
      <span className="w-12 shrink-0 text-sm text-muted tabular-nums">{clockTime(cell.start, strings)}</span>
      <span className="min-w-0 grow">
        <span className="flex flex-wrap items-center gap-x-2 font-medium">
          {cellName(cell, strings)}
          {programme ? <GuideBadges programme={programme} /> : null}
          <CatchUpMark programme={programme} end={cell.end} now={now} className="text-sm" />
          <ReminderMark programme={programme} className="text-sm" />
        </span>
        {episode ? <span className="block truncate text-sm text-muted">{episode}</span> : null}
        {isNow ? (
          <span aria-hidden="true" className="mt-1.5 block h-1 overflow-hidden rounded-full bg-paper/15">
            <span className="block h-full bg-bulb" style={{ width: `${elapsedShare(cell, now) * 100}%` }} />
          </span>
        ) : null}
      </span>
    </>
  );
  const row = `flex min-h-12 w-full items-baseline gap-2 rounded-xl px-3 py-2.5 text-left ${tone}`;
  return (
    <li ref={element} aria-current={isNow || undefined}>
      {programme?.programmeId ? (
        <button
          type="button"
          data-focus-first={isNow ? "" : undefined}
          className={`${row} transition-colors hover:bg-paper/8 ${isNow ? "bg-lifted" : ""}`}
          onClick={() => onOpenProgramme(programme.programmeId)}
        >
          {content}
        </button>
      ) : (
        <p className={`${row} italic`}>{content}</p>
      )}
    </li>
  );
}
