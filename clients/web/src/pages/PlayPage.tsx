import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useRef } from "react";

import { PageTitle } from "../components/PageTitle";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_pb";
import { prefersHls } from "../player/browser";
import { Player } from "../player/Player";
import { PlayerEnded, PlayerOpening, PlayerRefused } from "../player/PlayerScreens";
import { usePlaybackSession } from "../player/usePlaybackSession";
import { useStrings } from "../strings/useStrings";

const route = getRouteApi("/viewer/play/$titleId");

/** The player, over the whole page. */
export function PlayPage() {
  const { titleId } = route.useParams();
  const { episode = "", format } = route.useSearch();
  // What fills the screen outlives the episode, so that the next one stays in full screen.
  const stage = useRef<HTMLElement>(null);
  return (
    <main ref={stage} className="fixed inset-0 overflow-hidden bg-black">
      <Watching
        key={`${titleId}/${episode}`}
        titleId={titleId}
        episodeId={episode}
        format={format ?? (prefersHls(navigator.userAgent) ? "hls" : "dash")}
        stage={stage}
      />
    </main>
  );
}

interface WatchingProps {
  titleId: string;
  episodeId: string;
  format: "dash" | "hls";
  stage: RefObject<HTMLElement | null>;
}

function Watching({ titleId, episodeId, format, stage }: WatchingProps) {
  const strings = useStrings();
  const title = useQuery(CatalogService.method.getTitle, { titleId }).data?.title;
  const [playbackSession, state] = usePlaybackSession(titleId, episodeId);
  return (
    <>
      <PageTitle>{strings.player.page(title?.title ?? "")}</PageTitle>
      <h1 className="sr-only">{strings.player.page(title?.title ?? "")}</h1>
      {state.phase === "starting" ? <PlayerOpening title={title} /> : null}
      {state.phase === "refused" ? (
        <PlayerRefused title={title} titleId={titleId} error={state.error} playbackSession={playbackSession} />
      ) : null}
      {state.phase === "ended" ? (
        <PlayerEnded title={title} titleId={titleId} onGoOn={() => void playbackSession.restart(state.at)} />
      ) : null}
      {state.phase === "open" ? (
        <Player
          key={state.session.sessionId}
          programme={state}
          format={format}
          names={namesOf(title, state.session.episodeId, strings)}
          titleId={titleId}
          playbackSession={playbackSession}
          stage={stage}
        />
      ) : null}
    </>
  );
}

/** What plays, in words: the title and, of a series, the episode. */
function namesOf(title: Title | undefined, episodeId: string, strings: ReturnType<typeof useStrings>) {
  const episode = title?.seasons.flatMap((season) => season.episodes).find((each) => each.episodeId === episodeId);
  return {
    title: title?.title ?? "",
    episode: episode ? strings.player.episode(episode.seasonNumber, episode.episodeNumber, episode.title) : "",
  };
}
