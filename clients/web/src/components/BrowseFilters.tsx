import { useQuery } from "@connectrpc/connect-query";
import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, X } from "lucide-react";

import { languageName } from "../format/title";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_pb";
import type { BrowseSearch } from "../pages/browseSearch";
import { TYPES } from "../pages/browseSearch";
import { useStrings } from "../strings/useStrings";
import { ChoiceMenu } from "./ChoiceMenu";
import { FILTER, filterChoices, FilterMenu } from "./FilterMenu";

interface BrowseFiltersProps {
  genre: string | undefined;
  search: BrowseSearch;
}

/** The filters of the browse page. Each choice is a change of the page's address. */
export function BrowseFilters({ genre, search }: BrowseFiltersProps) {
  const strings = useStrings();
  const navigate = useNavigate();
  const { data } = useQuery(CatalogService.method.getFilters, {}, { staleTime: 600_000 });
  const words = strings.browse;

  const go = (next: {
    genre?: string | undefined;
    search: { [Key in keyof BrowseSearch]: BrowseSearch[Key] | undefined };
  }) =>
    void navigate({
      to: "/browse/{-$genre}",
      params: { genre: "genre" in next ? next.genre : genre },
      search: next.search,
      replace: true,
      resetScroll: false,
    });
  const set = (change: { [Key in keyof BrowseSearch]: BrowseSearch[Key] | undefined }) =>
    go({ search: { ...search, ...change } });
  const some = genre !== undefined || Object.keys(search).length > 0;

  return (
    <div role="group" aria-label={words.filters} className="flex flex-wrap items-center gap-2 py-6">
      <FilterMenu
        label={words.type}
        chosen={search.type}
        values={Object.entries(TYPES).map(([value, type]) => ({ value, label: strings.types[type] }))}
        onChoose={(type) => set({ type: type as BrowseSearch["type"] })}
      />
      <FilterMenu
        label={words.genre}
        chosen={genre}
        values={filterChoices(data?.genres)}
        onChoose={(value) => go({ genre: value, search })}
      />
      <FilterMenu
        label={words.mood}
        chosen={search.mood}
        values={filterChoices(data?.moods)}
        onChoose={(mood) => set({ mood })}
      />
      <FilterMenu
        label={words.theme}
        chosen={search.theme}
        values={filterChoices(data?.themes)}
        onChoose={(theme) => set({ theme })}
      />
      <FilterMenu
        label={words.language}
        chosen={search.language}
        values={filterChoices(data?.languageCodes, (code) => languageName(code, strings))}
        onChoose={(language) => set({ language })}
      />
      <FilterMenu
        label={words.year}
        chosen={search.year === undefined ? undefined : String(search.year)}
        values={filterChoices(data?.years)}
        onChoose={(year) => set({ year: year === undefined ? undefined : Number(year) })}
      />
      {some ? (
        <button
          type="button"
          className="inline-flex min-h-10 items-center gap-1.5 rounded-full px-3 text-sm text-muted hover:text-paper"
          onClick={() => go({ genre: undefined, search: {} })}
        >
          <X aria-hidden="true" className="size-4" />
          {words.clear}
        </button>
      ) : null}
      <div className="ml-auto">
        <ChoiceMenu
          label={words.order}
          align="right"
          choices={[
            { value: undefined, label: words.newest },
            { value: "a-z" as const, label: words.byTitle },
          ]}
          chosen={search.order}
          onChoose={(order) => set({ order })}
          buttonClass={FILTER}
        >
          {search.order === "a-z" ? words.byTitle : words.newest}
          <ChevronDown aria-hidden="true" className="size-4" />
        </ChoiceMenu>
      </div>
    </div>
  );
}
