import { useQuery } from "@connectrpc/connect-query";
import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, X } from "lucide-react";

import { languageName } from "../format/title";
import type { FilterValue } from "../gen/marquee/catalog/v1/catalog_pb";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_pb";
import type { BrowseSearch } from "../pages/browseSearch";
import { TYPES } from "../pages/browseSearch";
import { useStrings } from "../strings/useStrings";
import type { Choice } from "./ChoiceMenu";
import { ChoiceMenu } from "./ChoiceMenu";

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
      <Filter
        label={words.type}
        chosen={search.type}
        values={Object.entries(TYPES).map(([value, type]) => ({ value, label: strings.types[type] }))}
        onChoose={(type) => set({ type: type as BrowseSearch["type"] })}
      />
      <Filter
        label={words.genre}
        chosen={genre}
        values={choices(data?.genres)}
        onChoose={(value) => go({ genre: value, search })}
      />
      <Filter
        label={words.mood}
        chosen={search.mood}
        values={choices(data?.moods)}
        onChoose={(mood) => set({ mood })}
      />
      <Filter
        label={words.theme}
        chosen={search.theme}
        values={choices(data?.themes)}
        onChoose={(theme) => set({ theme })}
      />
      <Filter
        label={words.language}
        chosen={search.language}
        values={choices(data?.languageCodes, (code) => languageName(code, strings))}
        onChoose={(language) => set({ language })}
      />
      <Filter
        label={words.year}
        chosen={search.year === undefined ? undefined : String(search.year)}
        values={choices(data?.years)}
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
          buttonClass={CHIP}
        >
          {search.order === "a-z" ? words.byTitle : words.newest}
          <ChevronDown aria-hidden="true" className="size-4" />
        </ChoiceMenu>
      </div>
    </div>
  );
}

const CHIP =
  "inline-flex min-h-10 items-center gap-1.5 rounded-full border border-line px-4 text-sm text-paper/90 transition-colors hover:border-muted";
const CHIP_SET = `${CHIP} border-bulb/70 bg-bulb/12 text-bulb-soft`;

interface FilterProps {
  label: string;
  chosen: string | undefined;
  values: Choice<string | undefined>[];
  onChoose: (value: string | undefined) => void;
}

function Filter({ label, chosen, values, onChoose }: FilterProps) {
  const strings = useStrings();
  const current = values.find((choice) => choice.value === chosen)?.label ?? chosen;
  return (
    <ChoiceMenu
      label={current ? `${label}: ${current}` : label}
      choices={[{ value: undefined, label: strings.browse.any }, ...values]}
      chosen={chosen}
      onChoose={onChoose}
      buttonClass={chosen ? CHIP_SET : CHIP}
    >
      {current ?? label}
      <ChevronDown aria-hidden="true" className="size-4" />
    </ChoiceMenu>
  );
}

function choices(values: readonly FilterValue[] = [], name = (value: string) => value): Choice<string | undefined>[] {
  return values.map(({ value, titleCount }) => ({ value, label: name(value), note: String(titleCount) }));
}
