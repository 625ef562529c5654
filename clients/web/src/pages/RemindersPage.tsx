import { Link } from "@tanstack/react-router";
import { useMemo } from "react";

import { buttons } from "../components/buttons";
import { EmptyMessage, ErrorMessage } from "../components/Messages";
import { PageTitle } from "../components/PageTitle";
import { Skeleton } from "../components/Skeletons";
import type { Reminder } from "../gen/marquee/epg/v1/epg_pb";
import { useChannels } from "../guide/guideQueries";
import { useNow } from "../guide/useNow";
import { ReminderRow } from "../reminders/ReminderRow";
import { isUpcoming, useReminders } from "../reminders/useReminders";
import { useStrings } from "../strings/useStrings";

/** The reminders of the profile: those to come, and what became of the others. */
export function RemindersPage() {
  const words = useStrings().reminders;
  const now = useNow();
  const { reminders, error, refetch } = useReminders();
  const upcoming = reminders?.filter((each) => isUpcoming(each, now)) ?? [];
  const past = reminders?.filter((each) => !isUpcoming(each, now)) ?? [];
  return (
    <div className="gutter mx-auto max-w-5xl pt-24">
      <PageTitle>{words.page}</PageTitle>
      <h1 className="mb-5 font-literary text-4xl font-semibold sm:text-5xl">{words.page}</h1>
      {error && !reminders ? <ErrorMessage error={error} retry={refetch} /> : null}
      {!reminders && !error ? <Skeleton className="h-60" /> : null}
      {reminders?.length === 0 ? (
        <EmptyMessage heading={words.empty} hint={words.emptyHint}>
          <Link to="/guide" className={`${buttons.primary} mt-3`}>
            {words.toGuide}
          </Link>
        </EmptyMessage>
      ) : null}
      <ReminderSection heading={words.upcoming} reminders={upcoming} now={now} />
      <ReminderSection heading={words.past} reminders={past} now={now} />
    </div>
  );
}

interface ReminderSectionProps {
  heading: string;
  reminders: readonly Reminder[];
  now: number;
}

function ReminderSection({ heading, reminders, now }: ReminderSectionProps) {
  const { channels } = useChannels({});
  const names = useMemo(() => new Map(channels.map((each) => [each.channelId, each.displayName])), [channels]);
  if (reminders.length === 0) return null;
  return (
    <section aria-label={heading} className="mb-8">
      <h2 className="mb-2 text-sm font-medium text-muted">{heading}</h2>
      <ul className="flex flex-col gap-1">
        {reminders.map((reminder) => (
          <ReminderRow
            key={reminder.reminderId}
            reminder={reminder}
            channelName={names.get(reminder.programme?.channelId ?? "") ?? ""}
            now={now}
          />
        ))}
      </ul>
    </section>
  );
}
