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

const MAX_GENRES = 12;
const MAX_LANGUAGES = 8;

interface PreferencesFormProps {
  preferences: PreferenceChoices;
  /** The label of the button that saves. */
  submit: string;
  onSaved: () => void;
  /** The elements beside the button. */
  children?: ReactNode;
}

/** The form for the genres and the languages that a profile prefers. */
export function PreferencesForm({ preferences, submit, onSaved, children }: PreferencesFormProps) {
  const strings = useStrings();
  const filters = useFilters();
  const [genreIds, setGenreIds] = useState(preferences.genreIds);
  const [languageCodes, setLanguageCodes] = useState(preferences.languageCodes);
  const saveMutation = useMutation({
    mutationFn: () => savePreferences({ genreIds, languageCodes }),
    onSuccess: onSaved,
  });
  if (filters.error) return <ErrorMessage error={filters.error} retry={filters.refetch} />;
  const available = filters.data;
  return (
    <form
      className="flex flex-col gap-7"
      onSubmit={(event) => {
        event.preventDefault();
        saveMutation.mutate();
      }}
    >
      <Choices
        label={strings.preferences.genres}
        values={available && mergeValues(available.genres, preferences.genreIds)}
        chosen={genreIds}
        max={MAX_GENRES}
        onChange={setGenreIds}
        name={(genreId) => available?.genres.find(({ value }) => value === genreId)?.displayName ?? slugWords(genreId)}
      />
      <Choices
        label={strings.preferences.languages}
        values={available && mergeValues(available.languageCodes, preferences.languageCodes)}
        chosen={languageCodes}
        max={MAX_LANGUAGES}
        onChange={setLanguageCodes}
        name={(code) => languageName(code, strings)}
      />
      <p role="alert" className="text-sm text-danger empty:hidden">
        {saveMutation.error ? strings.problems[problemOf(saveMutation.error).kind] : ""}
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <button type="submit" className={buttons.primary} disabled={saveMutation.isPending || !available}>
          {saveMutation.isPending ? strings.preferences.saving : submit}
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
  max: number;
  onChange: (chosen: string[]) => void;
  name: (value: string) => string;
}

function Choices({ label, values, chosen, max, onChange, name }: ChoicesProps) {
  return (
    <fieldset>
      <legend className="mb-3 text-sm font-medium text-muted">{label}</legend>
      <div className="flex flex-wrap gap-2.5">
        {values ? null : [0, 1, 2, 3, 4, 5].map((index) => <Skeleton key={index} className="h-11 w-28 rounded-full" />)}
        {values?.map((value) => {
          const isChosen = chosen.includes(value);
          return (
            <Chip
              key={value}
              set={isChosen}
              disabled={!isChosen && chosen.length >= max}
              onClick={() => onChange(isChosen ? chosen.filter((each) => each !== value) : [...chosen, value])}
            >
              {name(value)}
            </Chip>
          );
        })}
      </div>
    </fieldset>
  );
}

/** Returns the available values, followed by chosen values that are no longer available. */
function mergeValues(available: readonly FilterValue[], chosen: readonly string[]): string[] {
  return [...new Set([...available.map(({ value }) => value), ...chosen])];
}
