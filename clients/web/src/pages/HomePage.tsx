import { HeroSkeleton } from "../components/HeroSkeleton";
import { PageTitle } from "../components/PageTitle";
import { HomeRails, RailSkeletons } from "../home/HomeRails";
import { PopularHome } from "../home/PopularHome";
import { useHome } from "../home/useHome";
import { useStrings } from "../strings/useStrings";

/** The home page with the viewer's recommendations. */
export function HomePage() {
  const strings = useStrings();
  const { home, isMissing, showOwn, hasNextPage, isFetchNextPageError, fetchNextPage } = useHome();
  return (
    <>
      <PageTitle>{strings.home.page}</PageTitle>
      <h1 className="sr-only">{strings.home.page}</h1>
      {home ? (
        <HomeRails
          home={home}
          more={{ exists: hasNextPage, failed: isFetchNextPageError, request: fetchNextPage }}
          showOwn={showOwn}
        />
      ) : isMissing ? (
        <PopularHome showOwn={showOwn} />
      ) : (
        <div aria-busy="true">
          <HeroSkeleton />
          <RailSkeletons count={3} />
        </div>
      )}
    </>
  );
}
