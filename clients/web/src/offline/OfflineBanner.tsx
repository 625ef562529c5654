import { WifiOff } from "lucide-react";

import { useStrings } from "../strings/useStrings";
import { useOnline } from "./useOnline";

/** Shows a banner over every page while there is no network. */
export function OfflineBanner() {
  const strings = useStrings();
  const online = useOnline();
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-18 z-50 flex justify-center px-4">
      {online ? null : (
        <p className="flex animate-rise items-center gap-3 rounded-full border border-line bg-raised px-5 py-2.5 text-sm shadow-2xl shadow-black/70">
          <WifiOff aria-hidden="true" className="size-4.5 shrink-0 text-bulb" />
          {strings.offline}
        </p>
      )}
    </div>
  );
}
