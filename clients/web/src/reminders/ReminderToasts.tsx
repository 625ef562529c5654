import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useEffectEvent } from "react";

import type { Reminder } from "../gen/marquee/epg/v1/epg_pb";
import { ReminderState } from "../gen/marquee/epg/v1/epg_pb";
import { clockTime } from "../guide/labels";
import { useStrings } from "../strings/useStrings";
import { showToastWithAction } from "../toasts/toasts";
import { ShownReminders } from "./shownReminders";
import { isUpcoming, useReminders } from "./useReminders";

const shownReminders = new ShownReminders(window.localStorage);

/** Shows a toast when a reminder is due, with a button that opens the programme. */
export function ReminderToasts() {
  const strings = useStrings();
  const navigate = useNavigate();
  const { reminders } = useReminders();
  const show = useEffectEvent((due: readonly Reminder[]) => {
    for (const { reminderId, programme } of due) {
      if (!programme?.startTime || !shownReminders.claim(reminderId)) continue;
      const { programmeId, displayName } = programme;
      const start = timestampMs(programme.startTime);
      const text =
        start > Date.now()
          ? strings.reminders.startsAt(displayName, clockTime(start, strings))
          : strings.reminders.isOn(displayName);
      showToastWithAction(text, {
        label: strings.reminders.open,
        run: () => void navigate({ to: "/guide", search: { programme: programmeId } }),
      });
    }
  });
  useEffect(() => {
    const now = Date.now();
    show(reminders?.filter((each) => each.state === ReminderState.DUE && isUpcoming(each, now)) ?? []);
  }, [reminders]);
  return null;
}
