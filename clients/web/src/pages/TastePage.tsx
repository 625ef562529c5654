import { createClient } from "@connectrpc/connect";
import { useTransport } from "@connectrpc/connect-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";

import { buttons } from "../components/buttons";
import { PageTitle } from "../components/PageTitle";
import { saveFile } from "../format/downloadFile";
import { TasteService } from "../gen/marquee/recommendation/v1/taste_service_pb";
import { homeChanged } from "../home/homeQuery";
import { showToast } from "../toasts/toasts";
import { useSession } from "../session/useSession";
import { useStrings } from "../strings/useStrings";
import { SignalList } from "../taste/SignalList";
import { Stats } from "../taste/Stats";
import { tasteChanged } from "../taste/tasteChanged";
import { PreferencesForm } from "../taste/PreferencesForm";

const NO_PREFERENCES = { genreIds: [], languageCodes: [] };

/** The signals of the profile's taste. The viewer can correct them. */
export function TastePage() {
  const strings = useStrings();
  const words = strings.taste;
  const queries = useQueryClient();
  const session = useSession();
  const profile = session.status === "signed-in" ? session.profile : undefined;
  return (
    <div className="gutter mx-auto max-w-6xl pt-24">
      <PageTitle>{words.page}</PageTitle>
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div>
          <h1 className="font-literary text-4xl font-semibold sm:text-5xl">{words.page}</h1>
          <p className="mt-3 max-w-prose text-paper/85">{words.lead}</p>
        </div>
        <ExportButton fileName={words.fileName(profile?.displayName ?? "")} />
      </div>
      <Stats />
      <SignalList />
      <section className="mt-14">
        <h2 className="mb-5 text-xl font-semibold">{words.preferences}</h2>
        <PreferencesForm
          key={profile?.profileId}
          preferences={profile?.preferences ?? NO_PREFERENCES}
          submit={strings.preferences.save}
          onSaved={() => {
            showToast(strings.preferences.saved);
            void tasteChanged(queries);
            void homeChanged(queries);
          }}
        />
      </section>
    </div>
  );
}

/** Downloads all signals of the recommendations as a file. */
function ExportButton({ fileName }: { fileName: string }) {
  const { taste: words, feedback } = useStrings();
  const taste = createClient(TasteService, useTransport());
  const download = useMutation({
    mutationFn: () => taste.exportTaste({}),
    onSuccess: ({ data, contentType }) => saveFile(fileName, data, contentType || "application/json"),
    onError: () => showToast(feedback.failed),
  });
  return (
    <button type="button" className={buttons.secondary} disabled={download.isPending} onClick={() => download.mutate()}>
      <Download aria-hidden="true" className="size-4.5" />
      {download.isPending ? words.exporting : words.export}
    </button>
  );
}
