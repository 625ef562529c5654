import { Bell, BellRing } from "lucide-react";

import { buttons } from "../components/buttons";
import type { Programme } from "../gen/marquee/epg/v1/epg_pb";
import { useNow } from "../guide/useNow";
import { useStrings } from "../strings/useStrings";
import { isUpcoming, useReminderChanges, useReminders } from "./useReminders";

/** The button that sets or deletes the reminder of a programme that has not begun. */
export function ReminderButton({ programme }: { programme: Programme }) {
  const words = useStrings().reminders;
  const now = useNow();
  const { byProgramme, reminders } = useReminders();
  const { set, remove, isPending } = useReminderChanges();
  const reminder = byProgramme.get(programme.programmeId);
  const isSet = reminder !== undefined && isUpcoming(reminder, now);
  const Icon = isSet ? BellRing : Bell;
  return (
    <button
      type="button"
      className={buttons.secondary}
      disabled={isPending || !reminders}
      onClick={() => (isSet ? remove(reminder) : set(programme))}
    >
      <Icon aria-hidden="true" className={`size-5 ${isSet ? "text-bulb" : ""}`} />
      {isSet ? words.isSet : words.remind}
    </button>
  );
}
