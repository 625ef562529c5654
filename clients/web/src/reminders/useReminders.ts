import { createConnectQueryKey, useMutation, useQuery } from "@connectrpc/connect-query";
import { durationFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { problemOf } from "../api/problem";
import { retryAfterFailure } from "../api/queries";
import type { Programme, Reminder } from "../gen/marquee/epg/v1/epg_pb";
import { ReminderState } from "../gen/marquee/epg/v1/epg_pb";
import { PersonalGuideService } from "../gen/marquee/epg/v1/personal_guide_service_pb";
import { MINUTE } from "../guide/guideTime";
import { useStrings } from "../strings/useStrings";
import { showToast } from "../toasts/toasts";

/** How long before a programme viewers are reminded unless they choose another time. */
export const DEFAULT_LEAD_MS = 5 * MINUTE;

/** Programmes move, so reminders are loaded again after this time, and shortly after the next one is due. */
const LIFETIME_MS = 5 * MINUTE;
const SHORTEST_MS = 2_000;

/** Returns the reminders of the profile by the time of their programmes, and by the id of the programme. */
export function useReminders() {
  const { data, error, refetch } = useQuery(
    PersonalGuideService.method.listReminders,
    {},
    {
      refetchOnWindowFocus: true,
      refetchInterval: ({ state }) =>
        state.status === "error" ? retryAfterFailure(state) : delayOfCheck(state.data?.reminders ?? [], Date.now()),
    },
  );
  const reminders = data?.reminders;
  const byProgramme = useMemo(
    () => new Map(reminders?.map((reminder) => [reminder.programme?.programmeId ?? "", reminder])),
    [reminders],
  );
  return { reminders, byProgramme, error, refetch };
}

/** Returns after how many milliseconds the reminders are loaded again. */
export function delayOfCheck(reminders: readonly Reminder[], now: number): number {
  const next = Math.min(
    ...reminders
      .filter(({ state }) => state === ReminderState.PENDING)
      .map(({ remindTime }) => (remindTime ? timestampMs(remindTime) : Infinity)),
  );
  return Math.min(LIFETIME_MS, Math.max(SHORTEST_MS, next - now + SHORTEST_MS / 2));
}

/** Whether a reminder says something about the future: its programme is scheduled and has not ended. */
export function isUpcoming({ state, programme }: Reminder, now: number): boolean {
  const isScheduled = state === ReminderState.PENDING || state === ReminderState.DUE;
  return isScheduled && programme?.endTime !== undefined && timestampMs(programme.endTime) > now;
}

/** Returns functions that set and delete reminders. Each confirms by a toast, and says if it fails. */
export function useReminderChanges() {
  const { reminders: words, feedback, problems } = useStrings();
  const queries = useQueryClient();
  const renew = () =>
    queries.invalidateQueries({
      queryKey: createConnectQueryKey({
        schema: PersonalGuideService.method.listReminders,
        cardinality: undefined,
      }),
    });
  const onError = (failure: Error) => {
    const { kind } = problemOf(failure);
    showToast(kind === "list-full" || kind === "not-in-guide" ? problems[kind] : feedback.failed);
  };
  // The mutations stay pending, and what they change is shown, until the list is loaded again.
  const creating = useMutation(PersonalGuideService.method.createReminder, { onError, onSettled: renew });
  const deleting = useMutation(PersonalGuideService.method.deleteReminder, { onError, onSettled: renew });
  const set = ({ programmeId, displayName }: Programme, leadMs = DEFAULT_LEAD_MS) => {
    creating.mutateAsync({ programmeId, leadTime: durationFromMs(leadMs) }).then(
      () => showToast(words.set(displayName)),
      () => undefined,
    );
  };
  const remove = ({ reminderId, programme }: Reminder) => {
    deleting.mutateAsync({ reminderId }).then(
      () => showToast(words.removed(programme?.displayName ?? "")),
      () => undefined,
    );
  };
  return { set, remove, isPending: creating.isPending || deleting.isPending };
}
