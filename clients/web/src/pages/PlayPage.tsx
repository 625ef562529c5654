import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useRef } from "react";

import { useEpisode } from "../api/episodes";
import { episodeIdOf } from "../api/subjects";
import { PageTitle } from "../components/PageTitle";
import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { prefersHls } from "../player/browser";
import { Player } from "../player/Player";
import { PlayerEnded, PlayerOpening, PlayerRefused } from "../player/PlayerScreens";
import type { Format } from "../player/sessionAddresses";
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
  format: Format;
  stage: RefObject<HTMLElement | null>;
}

function Watching({ titleId, episodeId, format, stage }: WatchingProps) {
  const strings = useStrings();
  const title = useQuery(CatalogService.method.getTitle, { titleId }).data?.title;
  const [playbackSession, state] = usePlaybackSession(titleId, episodeId);
  const episode = useEpisodeName(state.phase === "open" ? state.session : undefined);
  return (
    <>
      <PageTitle>{strings.player.page(title?.displayName ?? "")}</PageTitle>
      <h1 className="sr-only">{strings.player.page(title?.displayName ?? "")}</h1>
      {state.phase === "starting" ? <PlayerOpening title={title} /> : null}
      {state.phase === "refused" ? (
        <PlayerRefused title={title} titleId={titleId} error={state.error} playbackSession={playbackSession} />
      ) : null}
      {state.phase === "ended" ? (
        <PlayerEnded
          title={title}
          titleId={titleId}
          takenOverBy={state.takenOverBy}
          onGoOn={() => void playbackSession.restart(state.at)}
        />
      ) : null}
      {state.phase === "open" ? (
        <Player
          key={state.session.sessionId}
          programme={state}
          format={format}
          names={{ title: title?.displayName ?? "", episode }}
          titleId={titleId}
          playbackSession={playbackSession}
          stage={stage}
        />
      ) : null}
    </>
  );
}

/** What plays of a series, in words; empty until it is known, and where it is no series. */
function useEpisodeName(session: Session | undefined): string {
  const strings = useStrings();
  const episode = useEpisode(episodeIdOf(session?.subject)).data?.episode;
  return episode ? strings.player.episode(episode.seasonNumber, episode.episodeNumber, episode.displayName) : "";
}
