import { useQuery } from "@connectrpc/connect-query";

import { ContinueRail } from "../components/ContinueRail";
import { FeaturedHero } from "../components/FeaturedHero";
import { ErrorMessage } from "../components/Messages";
import { TitleRail } from "../components/TitleRail";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_pb";
import { useStrings } from "../strings/useStrings";
import { DegradedNotice } from "./DegradedNotice";

/** More rows than this nobody scrolls through; the rest is a filter away. */
const MOST_GENRES = 14;

/** The home while nobody recommends: what the catalogue itself puts forward. */
export function PopularHome({ showOwn }: { showOwn: (() => void) | undefined }) {
  const strings = useStrings();
  const filters = useQuery(CatalogService.method.getFilters, {}, { staleTime: 600_000 });
  return (
    <>
      <FeaturedHero />
      <DegradedNotice degradedState="popular" onShow={showOwn} />
      <div className="relative mt-4 flex flex-col gap-5 sm:gap-7">
        <ContinueRail />
        <TitleRail heading={strings.home.newest} list={{}} seeAll={{ to: "/browse/{-$genre}", params: {} }} />
        {filters.error ? <ErrorMessage error={filters.error} retry={filters.refetch} /> : null}
        {filters.data?.genres.slice(0, MOST_GENRES).map((genre) => (
          <TitleRail
            key={genre.value}
            heading={genre.value}
            list={{ genre: genre.value }}
            seeAll={{ to: "/browse/{-$genre}", params: { genre: genre.value } }}
          />
        ))}
      </div>
    </>
  );
}
