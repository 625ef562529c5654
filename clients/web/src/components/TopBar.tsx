import { Link } from "@tanstack/react-router";
import { Dices, Search } from "lucide-react";
import { useEffect, useState } from "react";

import { useStrings } from "../strings/useStrings";
import { AccountMenu } from "./AccountMenu";
import { Wordmark } from "./Wordmark";

const LINK =
  "rounded-md px-1 py-2 text-sm font-medium text-paper/75 transition-colors hover:text-paper data-[status=active]:text-paper";

/** The navigation at the top of every page: transparent at the start of the page, solid after the viewer scrolls. */
export function TopBar() {
  const strings = useStrings();
  const isScrolled = useIsScrolled();
  return (
    <header
      className={`gutter fixed inset-x-0 top-0 z-30 flex h-16 items-center gap-5 transition-colors duration-300 lg:gap-7 ${isScrolled ? "bg-ink/92 backdrop-blur-md" : "bg-linear-to-b from-ink/80 to-transparent"}`}
    >
      <Link to="/" aria-label={strings.brand} className="rounded-md">
        <Wordmark className="text-2xl" />
      </Link>
      <nav aria-label={strings.nav.label} className="hidden items-center gap-5 sm:flex lg:gap-7">
        <Link to="/" activeOptions={{ exact: true }} className={LINK}>
          {strings.nav.home}
        </Link>
        <Link to="/browse/{-$genre}" params={{ genre: undefined }} search={{ type: "film" }} className={LINK}>
          {strings.nav.films}
        </Link>
        <Link to="/browse/{-$genre}" params={{ genre: undefined }} search={{ type: "series" }} className={LINK}>
          {strings.nav.series}
        </Link>
        <Link to="/browse/{-$genre}" params={{ genre: undefined }} search={{ type: "sport" }} className={LINK}>
          {strings.nav.sports}
        </Link>
        <Link to="/guide" className={LINK}>
          {strings.nav.guide}
        </Link>
        <Link
          to="/browse/{-$genre}"
          params={{ genre: undefined }}
          search={{}}
          activeOptions={{ exact: true }}
          className={`${LINK} max-md:hidden`}
        >
          {strings.nav.browse}
        </Link>
        <Link to="/watchlist" className={`${LINK} whitespace-nowrap max-md:hidden`}>
          {strings.nav.myList}
        </Link>
      </nav>
      <div className="ml-auto flex items-center gap-2">
        <Link
          to="/pick"
          aria-label={strings.nav.pick}
          title={strings.nav.pick}
          className="hidden size-11 place-items-center rounded-full text-paper/85 transition-colors hover:bg-paper/10 hover:text-paper sm:grid"
        >
          <Dices className="size-5" />
        </Link>
        <Link
          to="/search"
          aria-label={strings.nav.search}
          className="hidden size-11 place-items-center rounded-full text-paper/85 transition-colors hover:bg-paper/10 hover:text-paper sm:grid"
        >
          <Search className="size-5" />
        </Link>
        <AccountMenu />
      </div>
    </header>
  );
}

function useIsScrolled(): boolean {
  const [isScrolled, setScrolled] = useState(() => window.scrollY > 24);
  useEffect(() => {
    const update = () => setScrolled(window.scrollY > 24);
    window.addEventListener("scroll", update, { passive: true });
    return () => window.removeEventListener("scroll", update);
  }, []);
  return isScrolled;
}
