import { useNavigate } from "@tanstack/react-router";
import type { RefObject } from "react";

import { episodeSearch } from "../api/subjects";
import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { NextEpisodeCard } from "./NextEpisodeCard";
import { PostPlay } from "./PostPlay";
import { playFromStart } from "./videoCommands";
import type { VideoState } from "./useVideo";

interface EndScreenProps {
  session: Session;
  titleId: string;
  video: RefObject<HTMLVideoElement | null>;
  videoState: VideoState;
}

/** Offers the next episode near the end of the video, or recommendations if there is no next episode. */
export function EndScreen({ session, titleId, video, videoState }: EndScreenProps) {
  const navigate = useNavigate();
  const { next } = session;
  if (next) {
    return (
      <NextEpisodeCard
        next={next}
        position={videoState.position}
        duration={videoState.duration}
        ended={videoState.ended}
        onPlay={() =>
          void navigate({
            to: "/play/$titleId",
            params: { titleId },
            search: (current) => ({ ...current, ...episodeSearch(next.subject) }),
            replace: true,
          })
        }
      />
    );
  }
  return (
    <PostPlay
      titleId={titleId}
      subject={session.subject}
      secondsLeft={videoState.duration > 0 ? videoState.duration - videoState.position : Infinity}
      ended={videoState.ended}
      onWatchAgain={() => playFromStart(video.current)}
    />
  );
}
