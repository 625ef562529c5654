import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";

import { useFilters } from "../api/filters";
import { FilterMenu } from "../components/FilterMenu";
import type { Strings } from "../strings";
import { useStrings } from "../strings/useStrings";
import type { GuideParameters } from "../pages/guideParameters";
import { slugWords } from "../taste/labels";
import { ChannelSearch } from "./ChannelSearch";
import { useChannels } from "./guideQueries";

/** The genres are those of the first channels, up to this number. */
const MOST_CHANNELS = 2000;

/** The genre and the search of channels. Each change replaces the page's address. */
export function GuideFilters({ search }: { search: GuideParameters }) {
  const strings = useStrings();
  const navigate = useNavigate();
  const genres = useChannelGenres(strings);
  const navigateTo = (change: { genre?: string | undefined; q?: string | undefined }) =>
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
    </>
  );
}

/** Returns the genres of all channels with their numbers of channels, in the order of their names. */
function useChannelGenres(strings: Strings) {
  const { channels, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = useChannels({});
  const isIncomplete = hasNextPage && !isFetching && !isFetchNextPageError && channels.length < MOST_CHANNELS;
  useEffect(() => {
    if (isIncomplete) void fetchNextPage();
  }, [isIncomplete, fetchNextPage]);
  const titleGenres = useFilters().data?.genres ?? [];
  const counts = new Map<string, number>();
  for (const { genreId } of channels) if (genreId) counts.set(genreId, (counts.get(genreId) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({
      value,
      label: titleGenres.find((genre) => genre.value === value)?.displayName ?? slugWords(value),
      note: String(count),
    }))
    .sort((one, other) => one.label.localeCompare(other.label, strings.language));
}
