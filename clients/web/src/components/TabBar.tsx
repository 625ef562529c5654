import { Link } from "@tanstack/react-router";
import { Bookmark, Clapperboard, Dices, House, Search, TvMinimal } from "lucide-react";

import { useStrings } from "../strings/useStrings";

const TAB =
  "flex min-h-14 flex-1 flex-col items-center justify-center gap-1 rounded-lg text-[0.7rem] font-medium text-muted data-[status=active]:text-bulb";

/** The navigation at the bottom of a phone's screen, where a thumb can reach it. */
export function TabBar() {
  const strings = useStrings();
  return (
    <nav
      aria-label={strings.nav.label}
      className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line/60 bg-ink/95 px-2 pb-[env(safe-area-inset-bottom)] backdrop-blur-md sm:hidden"
    >
      <Link to="/" activeOptions={{ exact: true }} className={TAB}>
        <House aria-hidden="true" className="size-5" />
        {strings.nav.home}
      </Link>
      <Link
        to="/browse/{-$genre}"
        params={{ genre: undefined }}
        activeOptions={{ includeSearch: false }}
        className={TAB}
      >
        <Clapperboard aria-hidden="true" className="size-5" />
        {strings.nav.browse}
      </Link>
      <Link to="/guide" activeOptions={{ includeSearch: false }} className={TAB}>
        <TvMinimal aria-hidden="true" className="size-5" />
        {strings.nav.guide}
      </Link>
      <Link to="/pick" className={TAB}>
        <Dices aria-hidden="true" className="size-5" />
        {strings.nav.pickShort}
      </Link>
      <Link to="/watchlist" className={TAB}>
        <Bookmark aria-hidden="true" className="size-5" />
        {strings.nav.myList}
      </Link>
      <Link to="/search" activeOptions={{ includeSearch: false }} className={TAB}>
        <Search aria-hidden="true" className="size-5" />
        {strings.nav.search}
      </Link>
    </nav>
  );
}
