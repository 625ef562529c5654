import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useState } from "react";

import { useFilters } from "../api/filters";
import { buttons } from "../components/buttons";
import { Chip } from "../components/Chip";
import { ErrorMessage } from "../components/Messages";
import { Skeleton } from "../components/Skeletons";
import { problemOf } from "../api/problem";
import { languageName } from "../format/title";
import type { FilterValue } from "../gen/marquee/catalog/v1/catalog_service_pb";
import type { PreferenceChoices } from "../session/session";
import { savePreferences } from "../session/session";
import { useStrings } from "../strings/useStrings";
import { slugWords } from "./labels";

const MOST_GENRES = 12;
const MOST_LANGUAGES = 8;

interface PreferencesFormProps {
  preferences: PreferenceChoices;
  /** What the button says. */
  submit: string;
  onSaved: () => void;
  /** What stands beside the button. */
  children?: ReactNode;
}

/** The genres and the languages that a profile asks for. */
export function PreferencesForm({ preferences, submit, onSaved, children }: PreferencesFormProps) {
  const strings = useStrings();
  const filters = useFilters();
  const [genreIds, setGenreIds] = useState(preferences.genreIds);
  const [languageCodes, setLanguageCodes] = useState(preferences.languageCodes);
  const saving = useMutation({
    mutationFn: () => savePreferences({ genreIds, languageCodes }),
    onSuccess: onSaved,
  });
  if (filters.error) return <ErrorMessage error={filters.error} retry={filters.refetch} />;
  const offered = filters.data;
  return (
    <form
      className="flex flex-col gap-7"
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate();
      }}
    >
      <Choices
        label={strings.preferences.genres}
        values={offered && together(offered.genres, preferences.genreIds)}
        chosen={genreIds}
        most={MOST_GENRES}
        onChange={setGenreIds}
        name={(genreId) => offered?.genres.find(({ value }) => value === genreId)?.displayName ?? slugWords(genreId)}
      />
      <Choices
        label={strings.preferences.languages}
        values={offered && together(offered.languageCodes, preferences.languageCodes)}
        chosen={languageCodes}
        most={MOST_LANGUAGES}
        onChange={setLanguageCodes}
        name={(code) => languageName(code, strings)}
      />
      <p role="alert" className="text-sm text-danger empty:hidden">
        {saving.error ? strings.problems[problemOf(saving.error).kind] : ""}
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <button type="submit" className={buttons.primary} disabled={saving.isPending || !offered}>
          {saving.isPending ? strings.preferences.saving : submit}
        </button>
        {children}
      </div>
    </form>
  );
}

interface ChoicesProps {
  label: string;
  values: readonly string[] | undefined;
  chosen: readonly string[];
  most: number;
  onChange: (chosen: string[]) => void;
  name: (value: string) => string;
}

function Choices({ label, values, chosen, most, onChange, name }: ChoicesProps) {
  return (
    <fieldset>
      <legend className="mb-3 text-sm font-medium text-muted">{label}</legend>
      <div className="flex flex-wrap gap-2.5">
        {values ? null : [0, 1, 2, 3, 4, 5].map((index) => <Skeleton key={index} className="h-11 w-28 rounded-full" />)}
        {values?.map((value) => {
          const set = chosen.includes(value);
          return (
            <Chip
              key={value}
              set={set}
              disabled={!set && chosen.length >= most}
              onClick={() => onChange(set ? chosen.filter((each) => each !== value) : [...chosen, value])}
            >
              {name(value)}
            </Chip>
          );
        })}
      </div>
    </fieldset>
  );
}

/** What is offered, and what was chosen when more was. */
function together(offered: readonly FilterValue[], chosen: readonly string[]): string[] {
  return [...new Set([...offered.map(({ value }) => value), ...chosen])];
}
