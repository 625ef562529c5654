import { useNavigate } from "@tanstack/react-router";
import { Check, ChevronDown } from "lucide-react";
import { useEffect } from "react";

import { useFilters } from "../api/filters";
import type { Choice } from "../components/ChoiceMenu";
import { ChoiceMenu } from "../components/ChoiceMenu";
import { FILTER, FILTER_SET, FilterMenu } from "../components/FilterMenu";
import { languageName } from "../format/title";
import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import type { ChannelFilters, GuideParameters } from "../pages/guideParameters";
import { useStrings } from "../strings/useStrings";
import { slugWords } from "../taste/labels";
import { ChannelSearch } from "./ChannelSearch";
import { useChannels } from "./guideQueries";

/** The genres and languages are those of the first channels, up to this number. */
const MOST_CHANNELS = 2000;

/** The filters, the order and the search of channels. Each change replaces the page's address. */
export function GuideFilters({ search }: { search: GuideParameters }) {
  const strings = useStrings();
  const navigate = useNavigate();
  const { genres, languages, isPersonal } = useChannelValues();
  const navigateTo = (change: { [Key in keyof ChannelFilters]: ChannelFilters[Key] | undefined }) =>
    void navigate({ to: "/guide", search: { ...search, ...change }, replace: true, resetScroll: false });
  return (
    <>
      <ChannelSearch
        query={search.q ?? ""}
        onSearch={(query) => {
          if (query !== (search.q ?? "")) navigateTo({ q: query || undefined });
        }}
      />
      {genres.length > 0 ? (
        <FilterMenu
          label={strings.guide.genre}
          chosen={search.genre}
          values={genres}
          onChoose={(genre) => navigateTo({ genre })}
        />
      ) : null}
      {languages.length > 1 ? (
        <FilterMenu
          label={strings.browse.language}
          chosen={search.language}
          values={languages}
          onChoose={(language) => navigateTo({ language })}
        />
      ) : null}
      {isPersonal || search.order ? (
        <ChoiceMenu
          label={`${strings.guide.order}: ${strings.guide.orders[search.order ?? "personal"]}`}
          align="right"
          choices={[
            { value: undefined, label: strings.guide.orders.personal },
            { value: "number" as const, label: strings.guide.orders.number },
          ]}
          chosen={search.order}
          onChoose={(order) => navigateTo({ order })}
          buttonClass={search.order ? FILTER_SET : FILTER}
        >
          {strings.guide.orders[search.order ?? "personal"]}
          <ChevronDown aria-hidden="true" className="size-4" />
        </ChoiceMenu>
      ) : null}
      <button
        type="button"
        aria-pressed={search.included ?? false}
        className={search.included ? FILTER_SET : FILTER}
        onClick={() => navigateTo({ included: search.included ? undefined : true })}
      >
        {search.included ? <Check aria-hidden="true" className="size-4" /> : null}
        {strings.guide.includedOnly}
      </button>
    </>
  );
}

/** Returns the genres and the languages of all channels with their numbers of channels, in the order of their names. */
function useChannelValues() {
  const strings = useStrings();
  const { channels, isPersonal, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = useChannels({});
  const isIncomplete = hasNextPage && !isFetching && !isFetchNextPageError && channels.length < MOST_CHANNELS;
  useEffect(() => {
    if (isIncomplete) void fetchNextPage();
  }, [isIncomplete, fetchNextPage]);
  const titleGenres = useFilters().data?.genres ?? [];
  const genreName = (id: string) => titleGenres.find(({ value }) => value === id)?.displayName ?? slugWords(id);
  const choices = (valuesOf: (channel: Channel) => string[], name: (value: string) => string) =>
    countsOf(channels, valuesOf)
      .map(([value, count]): Choice<string | undefined> => ({ value, label: name(value), note: String(count) }))
      .sort((one, other) => one.label.localeCompare(other.label, strings.language));
  return {
    isPersonal,
    genres: choices(({ genreId }) => (genreId ? [genreId] : []), genreName),
    languages: choices(
      // The platform finds `en-GB` by `en`.
      ({ languageCodes }) => [...new Set(languageCodes.map((code) => code.split("-")[0] ?? code))],
      (code) => languageName(code, strings),
    ),
  };
}

function countsOf(channels: readonly Channel[], valuesOf: (channel: Channel) => string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of channels.flatMap(valuesOf)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts];
}
