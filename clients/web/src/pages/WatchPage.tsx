import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { channelSubject, programmeSubject } from "../api/subjects";
import { buttons } from "../components/buttons";
import { PageTitle } from "../components/PageTitle";
import type { Channel, Programme } from "../gen/marquee/epg/v1/epg_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { ChannelLogo } from "../guide/ChannelLogo";
import { clockTime, dayLabel } from "../guide/labels";
import { scheduled } from "../guide/schedule";
import { useChannels } from "../guide/guideQueries";
import { useNow } from "../guide/useNow";
import { noteChannel, previousChannel } from "../live/lastChannels";
import { LivePlayer } from "../live/LivePlayer";
import { prefersHls } from "../player/browser";
import { useLeave } from "../player/useLeave";
import { usePlaybackSession } from "../player/usePlaybackSession";
import { useSession } from "../session/useSession";
import { useStrings } from "../strings/useStrings";

const route = getRouteApi("/viewer/watch/$kind/$id");

/** The page of the player of a channel, live, or of a programme from its beginning. */
export function WatchPage() {
  const strings = useStrings();
  const { kind, id } = route.useParams();
  const { format } = route.useSearch();
  const navigate = useNavigate();
  const fullscreenTarget = useRef<HTMLElement>(null);
  const isProgramme = kind === "programme";
  const [playbackSession, state] = usePlaybackSession(isProgramme ? programmeSubject(id) : channelSubject(id));
  const { channel, programme, name } = useWatched(isProgramme, id);
  const channels = useAllChannels();
  const session = useSession();
  const profileId = session.status === "signed-in" ? (session.profile?.profileId ?? "") : "";
  const channelId = channel?.channelId;
  useEffect(() => {
    if (channelId) noteChannel(profileId, channelId);
  }, [profileId, channelId]);
  const leave = useLeave(() => void navigate({ to: "/guide", replace: true }));
  const content = {
    name,
    backdrop: channel ? (
      <ChannelLogo channel={channel} className="absolute inset-0 size-full scale-125 blur-3xl" />
    ) : null,
    note: useStartNote(programme),
    exit: (
      <Link to="/guide" replace className={buttons.secondary}>
        {strings.live.toGuide}
      </Link>
    ),
  };
  return (
    <main ref={fullscreenTarget} className="fixed inset-0 overflow-hidden bg-black">
      <PageTitle>{strings.live.page(name)}</PageTitle>
      <h1 className="sr-only">{strings.live.page(name)}</h1>
      <LivePlayer
        address={`${kind}/${id}`}
        channel={channel}
        channels={channels}
        previousId={() => previousChannel(profileId)}
        state={state}
        playbackSession={playbackSession}
        format={format ?? (prefersHls(navigator.userAgent) ? "hls" : "dash")}
        content={content}
        fullscreenTarget={fullscreenTarget}
        onZap={(chosenId) =>
          void navigate({
            to: "/watch/$kind/$id",
            params: { kind: "channel", id: chosenId },
            search: (current) => current,
            replace: true,
          })
        }
        onLeave={leave}
      />
    </main>
  );
}

/** Returns the channel of the address, and the name of what it names; empty until it is loaded. */
function useWatched(isProgramme: boolean, id: string) {
  const programme = useQuery(EpgService.method.getProgramme, isProgramme ? { programmeId: id } : skipToken);
  const channel = useQuery(EpgService.method.getChannel, isProgramme ? skipToken : { channelId: id });
  const watched = isProgramme ? programme.data?.channel : channel.data?.channel;
  const name = isProgramme ? programme.data?.programme?.displayName : watched?.displayName;
  return { channel: watched, programme: programme.data?.programme, name: name ?? "" };
}

/** Returns when a programme begins, if it has not begun yet. */
function useStartNote(programme: Programme | undefined): string {
  const strings = useStrings();
  const now = useNow();
  const start = scheduled(programme)?.start ?? 0;
  if (start <= now) return "";
  return strings.live.startsAt(`${dayLabel(start, now, strings)}, ${clockTime(start, strings)}`);
}

/** Returns all channels of the viewer's plan, in the order of the guide. */
function useAllChannels(): readonly Channel[] {
  const { channels, hasNextPage, isFetching, fetchNextPage } = useChannels({ included: true });
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  return channels;
}
