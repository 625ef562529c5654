import { useEffect, useSyncExternalStore } from "react";

import { onTabMessage } from "../session/tabMessages";
import { useSession } from "../session/useSession";
import { useStrings } from "../strings/useStrings";
import { dismiss, showToast, snapshot, setAttended, subscribe } from "./toasts";

/** Shows toasts over the bottom of the page. Screen readers announce them without losing their position. */
export function ToastBar() {
  const strings = useStrings();
  useProfileSwitchToast();
  const toast = useSyncExternalStore(subscribe, snapshot);
  const action = toast?.undo ? { label: strings.feedback.undo, run: toast.undo } : toast?.action;
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-40 flex justify-center px-4 sm:bottom-8"
    >
      {toast ? (
        <div
          key={toast.id}
          className="pointer-events-auto flex animate-rise items-center gap-3 rounded-full border border-line bg-raised py-1.5 pr-2 pl-5 text-sm shadow-2xl shadow-black/70"
          onPointerEnter={() => setAttended(true)}
          onPointerLeave={() => setAttended(false)}
          onFocus={() => setAttended(true)}
          onBlur={() => setAttended(false)}
        >
          <span className="py-2 pr-3">{toast.text}</span>
          {action ? (
            <button
              type="button"
              className="min-h-9 rounded-full px-4 font-semibold text-bulb transition-colors hover:bg-bulb/15"
              onClick={() => {
                dismiss();
                action.run();
              }}
            >
              {action.label}
            </button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

/** Shows a toast when another tab switches to another profile. This tab keeps its own. */
function useProfileSwitchToast(): void {
  const { profiles } = useStrings();
  const session = useSession();
  const own = session.status === "signed-in" ? session.profile : undefined;
  useEffect(() => {
    if (!own) return;
    return onTabMessage((message) => {
      if (message.kind === "profile-selected" && message.profileId !== own.profileId)
        showToast(profiles.elsewhere(message.displayName, own.displayName));
    });
  }, [own, profiles]);
}
