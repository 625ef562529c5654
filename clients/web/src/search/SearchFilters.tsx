import { useQuery } from "@connectrpc/connect-query";
import { useNavigate } from "@tanstack/react-router";
import { Check, X } from "lucide-react";

import { FILTER, FILTER_SET, filterChoices, FilterMenu } from "../components/FilterMenu";
import { languageName } from "../format/title";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_pb";
import { TYPES } from "../pages/browseSearch";
import type { Search } from "../pages/searchSearch";
import { isFiltered } from "../pages/searchSearch";
import { useStrings } from "../strings/useStrings";

/** What narrows a search. Each choice is a change of the page's address. */
export function SearchFilters({ search }: { search: Search }) {
  const strings = useStrings();
  const navigate = useNavigate();
  const { data } = useQuery(CatalogService.method.getFilters, {}, { staleTime: 600_000 });
  const words = strings.browse;
  const go = (next: { [Key in keyof Search]: Search[Key] | undefined }) =>
    void navigate({ to: "/search", search: next, replace: true, resetScroll: false });
  const set = (change: { [Key in keyof Search]: Search[Key] | undefined }) => go({ ...search, ...change });
  return (
    <div role="group" aria-label={words.filters} className="flex flex-wrap items-center gap-2">
      <button
        type="button"
        aria-pressed={search.included ?? false}
        className={search.included ? FILTER_SET : FILTER}
        onClick={() => set({ included: search.included ? undefined : true })}
      >
        {search.included ? <Check aria-hidden="true" className="size-4" /> : null}
        {strings.find.includedOnly}
      </button>
      <FilterMenu
        label={words.type}
        chosen={search.type}
        values={Object.entries(TYPES).map(([value, type]) => ({ value, label: strings.types[type] }))}
        onChoose={(type) => set({ type: type as Search["type"] })}
      />
      <FilterMenu
        label={words.genre}
        chosen={search.genre}
        values={filterChoices(data?.genres)}
        onChoose={(genre) => set({ genre })}
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
      {isFiltered(search) ? (
        <button
          type="button"
          className="inline-flex min-h-10 items-center gap-1.5 rounded-full px-3 text-sm text-muted hover:text-paper"
          onClick={() => go(search.q ? { q: search.q } : {})}
        >
          <X aria-hidden="true" className="size-4" />
          {words.clear}
        </button>
      ) : null}
    </div>
  );
}
