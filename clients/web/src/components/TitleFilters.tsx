import { X } from "lucide-react";
import type { ReactNode } from "react";

import { useFilters } from "../api/filters";
import { languageName } from "../format/title";
import type { BrowseParameters } from "../pages/browseParameters";
import { TYPES } from "../pages/browseParameters";
import { useStrings } from "../strings/useStrings";
import { filterChoices, FilterMenu } from "./FilterMenu";

/** The filters that every list of titles offers. */
export interface TitleFilterValues extends Omit<BrowseParameters, "order"> {
  /** The id of a genre. */
  genre?: string;
}

/** The filters that a choice changes; undefined removes a filter. */
export type FilterChange = { [Key in keyof TitleFilterValues]: TitleFilterValues[Key] | undefined };

interface TitleFiltersProps {
  chosen: FilterChange;
  onChange: (change: FilterChange) => void;
  /** Removes all filters; undefined if no filter is set. */
  onClear: (() => void) | undefined;
  /** The elements before the menus; `end` has those at the end of the line. */
  lead?: ReactNode;
  end?: ReactNode;
  className?: string;
}

/** The menus that filter a list of titles, and a button that removes all filters. */
export function TitleFilters({ chosen, onChange, onClear, lead, end, className = "" }: TitleFiltersProps) {
  const strings = useStrings();
  const { data } = useFilters();
  const words = strings.browse;
  return (
    <div role="group" aria-label={words.filters} className={`flex flex-wrap items-center gap-2 ${className}`}>
      {lead}
      <FilterMenu
        label={words.type}
        chosen={chosen.type}
        values={Object.entries(TYPES).map(([value, type]) => ({ value, label: strings.types[type] }))}
        onChoose={(type) => onChange({ type: type as TitleFilterValues["type"] })}
      />
      <FilterMenu
        label={words.genre}
        chosen={chosen.genre}
        values={filterChoices(data?.genres)}
        onChoose={(genre) => onChange({ genre })}
      />
      <FilterMenu
        label={words.mood}
        chosen={chosen.mood}
        values={filterChoices(data?.moods)}
        onChoose={(mood) => onChange({ mood })}
      />
      <FilterMenu
        label={words.theme}
        chosen={chosen.theme}
        values={filterChoices(data?.themes)}
        onChoose={(theme) => onChange({ theme })}
      />
      <FilterMenu
        label={words.language}
        chosen={chosen.language}
        values={filterChoices(data?.languageCodes, (code) => languageName(code, strings))}
        onChoose={(language) => onChange({ language })}
      />
      <FilterMenu
        label={words.year}
        chosen={chosen.year === undefined ? undefined : String(chosen.year)}
        values={filterChoices(data?.years)}
        onChoose={(year) => onChange({ year: year === undefined ? undefined : Number(year) })}
      />
      {onClear ? (
        <button
          type="button"
          className="inline-flex min-h-10 items-center gap-1.5 rounded-full px-3 text-sm text-muted hover:text-paper"
          onClick={onClear}
        >
          <X aria-hidden="true" className="size-4" />
          {words.clear}
        </button>
      ) : null}
      {end ? <div className="ml-auto">{end}</div> : null}
    </div>
  );
}
