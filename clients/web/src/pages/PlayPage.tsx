import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useRef } from "react";

import { useEpisode } from "../api/episodes";
import { episodeIdOf, episodeSubject, titleSubject } from "../api/subjects";
import { Backdrop } from "../art/Poster";
import { buttons } from "../components/buttons";
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

/** The page of the player. */
export function PlayPage() {
  const { titleId } = route.useParams();
  const { episode = "", format } = route.useSearch();
  // The full screen element stays mounted when the episode changes, so the next episode is also in full screen.
  const fullscreenTarget = useRef<HTMLElement>(null);
  return (
    <main ref={fullscreenTarget} className="fixed inset-0 overflow-hidden bg-black">
      <PlayerOfTitle
        key={`${titleId}/${episode}`}
        titleId={titleId}
        episodeId={episode}
        format={format ?? (prefersHls(navigator.userAgent) ? "hls" : "dash")}
        fullscreenTarget={fullscreenTarget}
      />
    </main>
  );
}

interface PlayerOfTitleProps {
  titleId: string;
  episodeId: string;
  format: Format;
  fullscreenTarget: RefObject<HTMLElement | null>;
}

function PlayerOfTitle({ titleId, episodeId, format, fullscreenTarget }: PlayerOfTitleProps) {
  const strings = useStrings();
  const title = useQuery(CatalogService.method.getTitle, { titleId }).data?.title;
  const [playbackSession, state] = usePlaybackSession(episodeId ? episodeSubject(episodeId) : titleSubject(titleId));
  const episode = useEpisodeLabel(state.phase === "open" ? state.session : undefined);
  const exit = (
    <Link to="/title/$titleId" params={{ titleId }} replace className={buttons.secondary}>
      {strings.player.toTitle}
    </Link>
  );
  const content = { name: title?.displayName ?? "", backdrop: title ? <Backdrop title={title} /> : null, exit };
  return (
    <>
      <PageTitle>{strings.player.page(title?.displayName ?? "")}</PageTitle>
      <h1 className="sr-only">{strings.player.page(title?.displayName ?? "")}</h1>
      {state.phase === "starting" ? <PlayerOpening content={content} /> : null}
      {state.phase === "refused" ? (
        <PlayerRefused content={content} error={state.error} playbackSession={playbackSession} />
      ) : null}
      {state.phase === "ended" ? (
        <PlayerEnded
          content={content}
          takenOverBy={state.takenOverBy}
          onGoOn={() => void playbackSession.restart(state.at)}
        />
      ) : null}
      {state.phase === "open" ? (
        <Player
          key={state.session.sessionId}
          playback={state}
          format={format}
          names={{ title: title?.displayName ?? "", episode }}
          titleId={titleId}
          exit={exit}
          playbackSession={playbackSession}
          fullscreenTarget={fullscreenTarget}
        />
      ) : null}
    </>
  );
}

/** Returns the label of the episode that plays; empty until it is loaded, and for a title that is not a series. */
function useEpisodeLabel(session: Session | undefined): string {
  const strings = useStrings();
  const episode = useEpisode(episodeIdOf(session?.subject)).data?.episode;
  return episode ? strings.player.episode(episode.seasonNumber, episode.episodeNumber, episode.displayName) : "";
}
