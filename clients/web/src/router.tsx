import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
} from "@tanstack/react-router";

import { parseBrowseParameters } from "./pages/browseParameters";
import { parseCatchUpParameters } from "./pages/catchUpParameters";
import { parseGuideParameters } from "./pages/guideParameters";
import { FailurePage, OpeningPage } from "./pages/StatusPages";
import { NotFoundPage } from "./pages/NotFoundPage";
import { Root } from "./pages/Root";
import { parseSearchParameters } from "./pages/searchParameters";
import { Shell } from "./pages/Shell";
import { ViewerFrame } from "./pages/ViewerFrame";
import { mustAskPreferences, open } from "./session/session";

const root = createRootRoute({ component: Root, notFoundComponent: NotFoundPage });

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined;

/** Pages for guests. A signed-in viewer is redirected to the URL in `next`. */
const guest = createRoute({
  getParentRoute: () => root,
  id: "guest",
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    // Only paths of this app are allowed. Otherwise a link could redirect a viewer to another site.
    const next = textOf(search.next);
    return next?.startsWith("/") && !next.startsWith("//") ? { next } : {};
  },
  beforeLoad: async ({ search }) => {
    const session = await open();
    if (session.status === "signed-in") throw redirect({ href: search.next ?? "/" });
  },
});

/** Pages for viewers. */
const viewer = createRoute({
  getParentRoute: () => root,
  id: "viewer",
  component: ViewerFrame,
  beforeLoad: async ({ location }) => {
    const session = await open();
    const search = location.href === "/" ? {} : { next: location.href };
    // After a log-out the next viewer starts at the home, not at the page of the previous viewer.
    if (session.status === "signed-out") throw redirect({ to: "/login", search: session.byChoice ? {} : search });
    if (session.mustChoose && location.pathname !== "/profiles") throw redirect({ to: "/profiles", search });
  },
});

const shell = createRoute({ getParentRoute: () => viewer, id: "shell", component: Shell });

const logIn = createRoute({
  getParentRoute: () => guest,
  path: "/login",
  component: lazyRouteComponent(() => import("./pages/LogInPage"), "LogInPage"),
});
const register = createRoute({
  getParentRoute: () => guest,
  path: "/register",
  component: lazyRouteComponent(() => import("./pages/RegisterPage"), "RegisterPage"),
});
const profiles = createRoute({
  getParentRoute: () => viewer,
  path: "/profiles",
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = textOf(search.next);
    return next?.startsWith("/") && !next.startsWith("//") ? { next } : {};
  },
  component: lazyRouteComponent(() => import("./pages/ProfilesPage"), "ProfilesPage"),
});
const play = createRoute({
  getParentRoute: () => viewer,
  path: "/play/$titleId",
  validateSearch: (search: Record<string, unknown>): { episode?: string; format?: "hls" } => {
    const episode = textOf(search.episode);
    return { ...(episode ? { episode } : {}), ...(search.format === "hls" ? { format: "hls" } : {}) };
  },
  component: lazyRouteComponent(() => import("./pages/PlayPage"), "PlayPage"),
});
const watch = createRoute({
  getParentRoute: () => viewer,
  // One route for both kinds, so that the player stays when a viewer goes on from a programme to a channel.
  path: "/watch/$kind/$id",
  beforeLoad: ({ params }) => {
    if (params.kind !== "channel" && params.kind !== "programme") throw notFound();
  },
  validateSearch: (search: Record<string, unknown>): { format?: "hls" } =>
    search.format === "hls" ? { format: "hls" } : {},
  component: lazyRouteComponent(() => import("./pages/WatchPage"), "WatchPage"),
});
const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: async () => {
    // Only the home redirects to the question. A viewer who follows a link to a title sees that title.
    if (mustAskPreferences(await open())) throw redirect({ to: "/welcome", replace: true });
  },
  component: lazyRouteComponent(() => import("./pages/HomePage"), "HomePage"),
});
const browse = createRoute({
  getParentRoute: () => shell,
  path: "/browse/{-$genre}",
  validateSearch: parseBrowseParameters,
  component: lazyRouteComponent(() => import("./pages/BrowsePage"), "BrowsePage"),
});
const guide = createRoute({
  getParentRoute: () => shell,
  path: "/guide",
  validateSearch: parseGuideParameters,
  component: lazyRouteComponent(() => import("./pages/GuidePage"), "GuidePage"),
});
const catchUp = createRoute({
  getParentRoute: () => shell,
  path: "/catch-up",
  validateSearch: parseCatchUpParameters,
  component: lazyRouteComponent(() => import("./pages/CatchUpPage"), "CatchUpPage"),
});
const collection = createRoute({
  getParentRoute: () => shell,
  path: "/collection/$collectionId",
  component: lazyRouteComponent(() => import("./pages/CollectionPage"), "CollectionPage"),
});
const search = createRoute({
  getParentRoute: () => shell,
  path: "/search",
  validateSearch: parseSearchParameters,
  component: lazyRouteComponent(() => import("./pages/SearchPage"), "SearchPage"),
});
const title = createRoute({
  getParentRoute: () => shell,
  path: "/title/$titleId",
  component: lazyRouteComponent(() => import("./pages/TitlePage"), "TitlePage"),
});
const myList = createRoute({
  getParentRoute: () => shell,
  path: "/watchlist",
  component: lazyRouteComponent(() => import("./pages/MyListPage"), "MyListPage"),
});
const history = createRoute({
  getParentRoute: () => shell,
  path: "/history",
  component: lazyRouteComponent(() => import("./pages/HistoryPage"), "HistoryPage"),
});
const reminders = createRoute({
  getParentRoute: () => shell,
  path: "/reminders",
  component: lazyRouteComponent(() => import("./pages/RemindersPage"), "RemindersPage"),
});
const taste = createRoute({
  getParentRoute: () => shell,
  path: "/taste",
  component: lazyRouteComponent(() => import("./pages/TastePage"), "TastePage"),
});
const pick = createRoute({
  getParentRoute: () => shell,
  path: "/pick",
  component: lazyRouteComponent(() => import("./pages/PickPage"), "PickPage"),
});
const welcome = createRoute({
  getParentRoute: () => viewer,
  path: "/welcome",
  component: lazyRouteComponent(() => import("./pages/WelcomePage"), "WelcomePage"),
});
const plans = createRoute({
  getParentRoute: () => shell,
  path: "/plans",
  component: lazyRouteComponent(() => import("./pages/PlansPage"), "PlansPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    guest.addChildren([logIn, register]),
    viewer.addChildren([
      profiles,
      welcome,
      play,
      watch,
      shell.addChildren([
        home,
        browse,
        guide,
        catchUp,
        collection,
        search,
        title,
        plans,
        myList,
        history,
        reminders,
        taste,
        pick,
      ]),
    ]),
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: OpeningPage,
  defaultErrorComponent: FailurePage,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** The recommendation decision that showed a title. Events of the title contain it. */
    decisionId?: string;
  }
}
