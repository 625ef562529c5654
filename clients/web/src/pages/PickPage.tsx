import { Dices } from "lucide-react";
import type { ReactNode } from "react";

import { useFilters } from "../api/filters";
import { buttons } from "../components/buttons";
import { Chip } from "../components/Chip";
import { PageTitle } from "../components/PageTitle";
import { TextField } from "../components/TextField";
import { PickedTitle } from "../pick/PickedTitle";
import { usePick } from "../pick/usePick";
import { useStrings } from "../strings/useStrings";

/** The choices of available time, in minutes; zero means no limit. */
const TIME_CHOICES = [20, 40, 60, 90, 0];
const MAX_MOODS = 16;
/** The maximum length of a mood in words, as the contract limits it. */
const MAX_MOOD_LENGTH = 80;

/** "Just play something": the viewer chooses a mood and a time, and gets one title. */
export function PickPage() {
  const { pick: words } = useStrings();
  const filters = useFilters();
  const pick = usePick();
  const { moodId, mood, minutes } = pick.request;
  const setMood = (nextId: string) => pick.change({ moodId: nextId, mood: "", minutes });
  const setMinutes = (nextMinutes: number) => pick.change({ ...pick.request, minutes: nextMinutes });
  return (
    <div className="gutter grid gap-x-12 gap-y-8 pt-24 lg:min-h-dvh lg:grid-cols-[minmax(0,4fr)_minmax(0,7fr)] lg:content-center">
      <PageTitle>{words.page}</PageTitle>
      <div className="flex flex-col gap-6">
        <div>
          <h1 className="font-literary text-4xl font-semibold text-balance sm:text-5xl">{words.page}</h1>
          <p className="mt-3 text-paper/85">{words.lead}</p>
        </div>
        <Choice label={words.mood}>
          <Chip set={moodId === "" && mood === ""} onClick={() => setMood("")}>
            {words.anyMood}
          </Chip>
          {filters.data?.moods.slice(0, MAX_MOODS).map(({ value, displayName }) => (
            <Chip key={value} set={moodId === value} onClick={() => setMood(value)}>
              {displayName}
            </Chip>
          ))}
          <form
            className="basis-full pt-2"
            onSubmit={(event) => {
              event.preventDefault();
              pick.first();
            }}
          >
            <TextField
              label={words.ownMood}
              placeholder={words.ownMoodExample}
              maxLength={MAX_MOOD_LENGTH}
              autoComplete="off"
              value={mood}
              onChange={(event) => pick.change({ moodId: "", mood: event.target.value.trimStart(), minutes })}
            />
          </form>
        </Choice>
        <Choice label={words.time}>
          {TIME_CHOICES.map((choice) => (
            <Chip key={choice} set={minutes === choice} onClick={() => setMinutes(choice)}>
              {words.minutes(choice)}
            </Chip>
          ))}
        </Choice>
        {/* On a phone the list of moods is longer than the screen. The button stays visible above the tab bar. */}
        <div className="max-sm:pointer-events-none max-sm:sticky max-sm:bottom-[calc(3.5rem+env(safe-area-inset-bottom))] max-sm:-mx-4 max-sm:bg-linear-to-t max-sm:from-ink max-sm:from-75% max-sm:to-transparent max-sm:px-4 max-sm:pt-8 max-sm:pb-3">
          <button
            type="button"
            className={`${buttons.primary} px-7 text-base max-sm:pointer-events-auto max-sm:w-full max-sm:justify-center`}
            disabled={pick.isPending}
            onClick={() => pick.first()}
          >
            <Dices aria-hidden="true" className="size-5" />
            {pick.isPending ? words.picking : words.go}
          </button>
        </div>
      </div>
      <PickedTitle pick={pick} />
    </div>
  );
}

function Choice({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset>
      <legend className="mb-3 text-sm font-medium text-muted">{label}</legend>
      <div className="flex flex-wrap gap-2">{children}</div>
    </fieldset>
  );
}
