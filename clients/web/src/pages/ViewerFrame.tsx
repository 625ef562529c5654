import { Outlet } from "@tanstack/react-router";

import { ReminderToasts } from "../reminders/ReminderToasts";
import { useSession } from "../session/useSession";
import { ToastBar } from "../toasts/ToastBar";

/** What all pages for viewers have, the player too: toasts, and reminders of programmes. */
export function ViewerFrame() {
  const session = useSession();
  const hasProfile = session.status === "signed-in" && session.profile !== undefined && !session.mustChoose;
  return (
    <>
      <Outlet />
      <ToastBar />
      {hasProfile ? <ReminderToasts /> : null}
    </>
  );
}
