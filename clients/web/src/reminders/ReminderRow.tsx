import { durationMs } from "@bufbuild/protobuf/wkt";
import { Link } from "@tanstack/react-router";
import { Bell, ChevronDown, Trash2 } from "lucide-react";

import { ProgrammePicture } from "../art/ProgrammePicture";
import { ChoiceMenu } from "../components/ChoiceMenu";
import { FILTER } from "../components/FilterMenu";
import type { Reminder } from "../gen/marquee/epg/v1/epg_pb";
import { ReminderState } from "../gen/marquee/epg/v1/epg_pb";
import { MINUTE } from "../guide/guideTime";
import { datedTimesLabel, episodeLine } from "../guide/labels";
import { scheduled } from "../guide/schedule";
import type { Strings } from "../strings";
import { useStrings } from "../strings/useStrings";
import { useReminderChanges } from "./useReminders";

/** How many minutes before a programme viewers can be reminded. */
const LEADS = [0, 5, 15, 60];

interface ReminderRowProps {
  reminder: Reminder;
  channelName: string;
  now: number;
}

/** A reminder: its programme, when the viewer is reminded, and a button that deletes it. */
export function ReminderRow({ reminder, channelName, now }: ReminderRowProps) {
  const strings = useStrings();
  const words = strings.reminders;
  const { set, remove, isPending } = useReminderChanges();
  const programme = scheduled(reminder.programme);
  if (!programme) return null;
  const { programmeId, displayName, restricted } = programme.programme;
  const name = restricted ? strings.guide.restricted : displayName;
  const leadMinutes = reminder.leadTime ? durationMs(reminder.leadTime) / MINUTE : 0;
  return (
    <li className="flex flex-wrap items-center gap-2 sm:flex-nowrap">
      <Link
        to="/guide"
        search={{ programme: programmeId }}
        data-card=""
        className="-ml-3 flex min-w-0 grow scroll-my-28 items-center gap-4 rounded-2xl p-3 transition-colors hover:bg-paper/6 max-sm:basis-full"
      >
        <span className="relative block aspect-video w-28 shrink-0 overflow-hidden rounded-lg bg-lifted sm:w-40">
          <ProgrammePicture programme={programme.programme} />
        </span>
        <span className="min-w-0 grow">
          <span className="block font-medium">{name}</span>
          <span className="block truncate text-sm text-paper/85">{episodeLine(programme.programme, strings)}</span>
          <span className="block text-sm text-muted tabular-nums">
            {[datedTimesLabel(programme, now, strings), channelName].filter(Boolean).join(" · ")}
          </span>
          <span className="block text-sm text-bulb-soft">{outcomeOf(reminder, strings)}</span>
        </span>
      </Link>
      {reminder.state === ReminderState.PENDING && programme.start > now ? (
        <ChoiceMenu
          label={`${words.lead(name)}: ${words.leads(leadMinutes)}`}
          align="right"
          choices={[...new Set([...LEADS, leadMinutes])].map((value) => ({ value, label: words.leads(value) }))}
          chosen={leadMinutes}
          onChoose={(minutes) => set(programme.programme, minutes * MINUTE)}
          buttonClass={`${FILTER} whitespace-nowrap`}
        >
          <Bell aria-hidden="true" className="size-4 text-muted" />
          {words.leads(leadMinutes)}
          <ChevronDown aria-hidden="true" className="size-4" />
        </ChoiceMenu>
      ) : null}
      <button
        type="button"
        aria-label={words.remove(name)}
        disabled={isPending}
        className="ml-auto grid size-11 shrink-0 place-items-center rounded-full text-muted transition-colors hover:bg-paper/10 hover:text-paper"
        onClick={() => remove(reminder)}
      >
        <Trash2 aria-hidden="true" className="size-5" />
      </button>
    </li>
  );
}

/** Returns why the viewer was not reminded; empty if nothing went wrong. */
function outcomeOf({ state }: Reminder, { reminders }: Strings): string {
  if (state === ReminderState.PROGRAMME_REMOVED) return reminders.gone;
  return state === ReminderState.MISSED ? reminders.missed : "";
}
