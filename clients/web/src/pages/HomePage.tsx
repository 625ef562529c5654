import { HeroSkeleton } from "../components/HeroSkeleton";
import { PageTitle } from "../components/PageTitle";
import { HomeRails, WaitingRails } from "../home/HomeRails";
import { PopularHome } from "../home/PopularHome";
import { useHome } from "../home/useHome";
import { useStrings } from "../strings/useStrings";

/** What this viewer may want to watch, and why. */
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
          more={{ has: hasNextPage, failed: isFetchNextPageError, ask: fetchNextPage }}
          showOwn={showOwn}
        />
      ) : isMissing ? (
        <PopularHome showOwn={showOwn} />
      ) : (
        <div aria-busy="true">
          <HeroSkeleton />
          <WaitingRails count={3} />
        </div>
      )}
    </>
  );
}
