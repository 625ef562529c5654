import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";

import { buttons } from "../components/buttons";
import { PageTitle } from "../components/PageTitle";
import { Wordmark } from "../components/Wordmark";
import { skipPreferences } from "../session/session";
import { useSession } from "../session/useSession";
import { useStrings } from "../strings/useStrings";
import { PreferencesForm } from "../taste/PreferencesForm";

const NO_PREFERENCES = { genreIds: [], languageCodes: [] };

/** Asks a new profile once for its preferences. The viewer can skip this. */
export function WelcomePage() {
  const strings = useStrings();
  const router = useRouter();
  const session = useSession();
  const profile = session.status === "signed-in" ? session.profile : undefined;
  const openHome = () => void router.navigate({ to: "/", replace: true });
  const skipping = useMutation({ mutationFn: skipPreferences, onSettled: openHome });
  return (
    <main className="gutter mx-auto flex min-h-dvh max-w-4xl flex-col justify-center gap-8 py-12">
      <PageTitle>{strings.preferences.page}</PageTitle>
      <Wordmark className="text-3xl" />
      <div>
        <h1 className="font-literary text-4xl font-semibold text-balance sm:text-5xl">
          {profile ? strings.preferences.heading(profile.displayName) : strings.preferences.page}
        </h1>
        <p className="mt-3 text-lg text-paper/85">{strings.preferences.lead}</p>
      </div>
      <PreferencesForm
        preferences={profile?.preferences ?? NO_PREFERENCES}
        submit={strings.preferences.start}
        onSaved={openHome}
      >
        <button type="button" className={buttons.quiet} disabled={skipping.isPending} onClick={() => skipping.mutate()}>
          {strings.preferences.pass}
        </button>
      </PreferencesForm>
    </main>
  );
}
