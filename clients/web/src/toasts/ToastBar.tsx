import { useEffect, useSyncExternalStore } from "react";

import { onTabMessage } from "../session/tabs";
import { useSession } from "../session/useSession";
import { useStrings } from "../strings/useStrings";
import { dismiss, showToast, snapshot, stay, subscribe } from "./toasts";

/** Where toasts stand: over the page, at its foot. Screen readers are told without losing their place. */
export function ToastBar() {
  const strings = useStrings();
  useOtherTabs();
  const toast = useSyncExternalStore(subscribe, snapshot);
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-40 flex justify-center px-4 sm:bottom-8"
    >
      {toast ? (
        <div
          key={toast.id}
          className="pointer-events-auto flex animate-rise items-center gap-3 rounded-full border border-line bg-raised py-1.5 pr-2 pl-5 text-sm shadow-2xl shadow-black/70"
          onPointerEnter={() => stay(true)}
          onPointerLeave={() => stay(false)}
          onFocus={() => stay(true)}
          onBlur={() => stay(false)}
        >
          <span className="py-2 pr-3">{toast.text}</span>
          {toast.undo ? (
            <button
              type="button"
              className="min-h-9 rounded-full px-4 font-semibold text-bulb transition-colors hover:bg-bulb/15"
              onClick={() => {
                dismiss();
                toast.undo?.();
              }}
            >
              {strings.feedback.undo}
            </button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

/** Says that another tab switched to another profile; this tab keeps its own. */
function useOtherTabs(): void {
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
