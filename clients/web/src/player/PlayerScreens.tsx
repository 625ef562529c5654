import { useMutation } from "@tanstack/react-query";
import { LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";

import type { Problem } from "../api/problem";
import { problemOf } from "../api/problem";
import { AccessNotice } from "../components/AccessNotice";
import { buttons } from "../components/buttons";
import { useStrings } from "../strings/useStrings";
import type { PlaybackSession } from "./playbackSession";

/** What the screens show of a title or a channel. */
export interface ScreenContent {
  name: string;
  /** A picture, which is shown dimmed. */
  backdrop: ReactNode;
  /** What the viewer should know if it does not play; empty if there is nothing. */
  note?: string;
  /** A link that leaves the player. */
  exit: ReactNode;
}

/** A screen that replaces the player while no video is shown. */
function PlayerScreen({ backdrop, children }: { backdrop: ReactNode; children: ReactNode }) {
  return (
    <div className="absolute inset-0 grid place-items-center overflow-y-auto p-6 text-center">
      <div className="absolute inset-0 opacity-30">{backdrop}</div>
      <div className="relative flex animate-rise flex-col items-center gap-5">{children}</div>
    </div>
  );
}

export function PlayerOpening({ content: { name, backdrop } }: { content: ScreenContent }) {
  const strings = useStrings();
  return (
    <PlayerScreen backdrop={backdrop}>
      <p className="font-literary text-3xl font-semibold">{name}</p>
      <p role="status" className="flex items-center gap-3 text-paper/85">
        <LoaderCircle aria-hidden="true" className="size-5 animate-spin text-bulb" />
        {strings.player.opening}
      </p>
    </PlayerScreen>
  );
}

/** Problems that a retry does not solve. */
const FINAL_PROBLEMS = new Set<Problem["kind"]>([
  "invalid",
  "not-found",
  "not-in-guide",
  "no-catch-up",
  "device-not-supported",
]);

interface PlayerRefusedProps {
  content: ScreenContent;
  error: unknown;
  playbackSession: PlaybackSession;
}

/** Explains why playback did not start. Shows the same access decision as the page of a title. */
export function PlayerRefused({ content, error, playbackSession }: PlayerRefusedProps) {
  const strings = useStrings();
  const problem = problemOf(error);
  const decision = problem.kind === "closed" || problem.kind === "too-many-streams" ? problem.decision : undefined;
  return (
    <PlayerScreen backdrop={content.backdrop}>
      <p className="font-literary text-3xl font-semibold text-balance">{content.name}</p>
      {decision ? (
        <div role="alert">
          <AccessNotice
            decision={decision}
            stopStream={(sessionId) => <TakeOverButton sessionId={sessionId} playbackSession={playbackSession} />}
          />
        </div>
      ) : (
        <p role="alert" className="max-w-md text-lg">
          {strings.problems[problem.kind === "invalid" ? "not-found" : problem.kind]}
        </p>
      )}
      {content.note ? <p className="text-paper/85">{content.note}</p> : null}
      <div className="flex flex-wrap justify-center gap-3">
        {decision || FINAL_PROBLEMS.has(problem.kind) ? null : (
          <button type="button" className={buttons.primary} onClick={() => void playbackSession.restart()}>
            {strings.player.tryAgain}
          </button>
        )}
        {content.exit}
      </div>
    </PlayerScreen>
  );
}

/** Stops a stream of the account on another device, and plays here. */
function TakeOverButton({ sessionId, playbackSession }: { sessionId: string; playbackSession: PlaybackSession }) {
  const strings = useStrings();
  const takeOver = useMutation({ mutationFn: () => playbackSession.takeOver(sessionId) });
  return (
    <button type="button" className={buttons.primary} disabled={takeOver.isPending} onClick={() => takeOver.mutate()}>
      {takeOver.isPending ? strings.access.stopping : strings.access.stopStream}
    </button>
  );
}

interface PlayerEndedProps {
  content: ScreenContent;
  /** The name of the device that took the stream slot; undefined if no device took it. */
  takenOverBy: string | undefined;
  onGoOn: () => void;
}

/** Tells the viewer that the platform ended the playback session. */
export function PlayerEnded({ content, takenOverBy, onGoOn }: PlayerEndedProps) {
  const strings = useStrings();
  return (
    <PlayerScreen backdrop={content.backdrop}>
      <div role="alert" className="max-w-md">
        <p className="font-literary text-3xl font-semibold">{strings.player.endedHeading}</p>
        <p className="mt-2 text-paper/85">
          {takenOverBy === undefined ? strings.player.endedBody : strings.player.takenOver(takenOverBy)}
        </p>
      </div>
      <div className="flex flex-wrap justify-center gap-3">
        <button type="button" autoFocus className={buttons.primary} onClick={onGoOn}>
          {strings.player.goOn}
        </button>
        {content.exit}
      </div>
    </PlayerScreen>
  );
}

interface PlayerNoticeProps {
  heading: string;
  body?: string;
  action: string;
  onAction: () => void;
  /** A link that leaves the player. */
  exit: ReactNode;
}

/** A message over a video that failed. */
export function PlayerNotice({ heading, body, action, onAction, exit }: PlayerNoticeProps) {
  return (
    <div data-focus-scope="" className="absolute inset-0 z-20 grid place-items-center bg-ink/85 p-6 text-center">
      <div className="flex max-w-md animate-rise flex-col items-center gap-4">
        <p role="alert" className="font-literary text-3xl font-semibold">
          {heading}
        </p>
        {body ? <p className="text-paper/85">{body}</p> : null}
        <div className="flex flex-wrap justify-center gap-3">
          <button type="button" autoFocus className={buttons.primary} onClick={onAction}>
            {action}
          </button>
          {exit}
        </div>
      </div>
    </div>
  );
}
