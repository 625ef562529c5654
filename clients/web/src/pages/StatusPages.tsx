import { useRouter } from "@tanstack/react-router";

import { ErrorMessage } from "../components/Messages";
import { Wordmark } from "../components/Wordmark";
import { useBackOnline } from "../offline/useOnline";
import { useStrings } from "../strings/useStrings";

/** Shown while the app loads a page or opens the session. */
export function OpeningPage() {
  const strings = useStrings();
  return (
    <main className="grid min-h-dvh place-items-center" aria-busy="true" aria-label={strings.loading}>
      <Wordmark className="animate-pulse text-4xl" />
    </main>
  );
}

/** Shown if a page could not be opened. */
export function FailurePage({ error }: { error: unknown }) {
  const router = useRouter();
  useBackOnline(() => void router.invalidate());
  return (
    <main className="grid min-h-dvh place-items-center">
      <ErrorMessage error={error} retry={() => router.invalidate()} />
    </main>
  );
}
