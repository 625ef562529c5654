import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";

import type { Problem } from "../api/problem";
import { problemOf } from "../api/problem";
import { Backdrop } from "../art/Poster";
import { AccessNotice } from "../components/AccessNotice";
import { buttons } from "../components/buttons";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { useStrings } from "../strings/useStrings";
import type { PlaybackSession } from "./playbackSession";

/** A screen that replaces the player while no video is shown. Its background is the dimmed backdrop of the title. */
function PlayerScreen({ title, children }: { title: Title | undefined; children: ReactNode }) {
  return (
    <div className="absolute inset-0 grid place-items-center overflow-y-auto p-6 text-center">
      <div className="absolute inset-0 opacity-30">{title ? <Backdrop title={title} /> : null}</div>
      <div className="relative flex animate-rise flex-col items-center gap-5">{children}</div>
    </div>
  );
}

function ToTitle({ titleId, className }: { titleId: string; className: string }) {
  const strings = useStrings();
  return (
    <Link to="/title/$titleId" params={{ titleId }} replace className={className}>
      {strings.player.toTitle}
    </Link>
  );
}

export function PlayerOpening({ title }: { title: Title | undefined }) {
  const strings = useStrings();
  return (
    <PlayerScreen title={title}>
      <p className="font-literary text-3xl font-semibold">{title?.displayName}</p>
      <p role="status" className="flex items-center gap-3 text-paper/85">
        <LoaderCircle aria-hidden="true" className="size-5 animate-spin text-bulb" />
        {strings.player.opening}
      </p>
    </PlayerScreen>
  );
}

/** Problems that a retry does not solve. */
const FINAL_PROBLEMS = new Set<Problem["kind"]>(["invalid", "not-found", "device-not-supported"]);

interface PlayerRefusedProps {
  title: Title | undefined;
  titleId: string;
  error: unknown;
  playbackSession: PlaybackSession;
}

/** Explains why playback did not start. Shows the same access decision as the title page. */
export function PlayerRefused({ title, titleId, error, playbackSession }: PlayerRefusedProps) {
  const strings = useStrings();
  const problem = problemOf(error);
  const decision = problem.kind === "closed" || problem.kind === "too-many-streams" ? problem.decision : undefined;
  return (
    <PlayerScreen title={title}>
      <p className="font-literary text-3xl font-semibold text-balance">{title?.displayName}</p>
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
      <div className="flex flex-wrap justify-center gap-3">
        {decision || FINAL_PROBLEMS.has(problem.kind) ? null : (
          <button type="button" className={buttons.primary} onClick={() => void playbackSession.restart()}>
            {strings.player.tryAgain}
          </button>
        )}
        <ToTitle titleId={titleId} className={buttons.secondary} />
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
  title: Title | undefined;
  titleId: string;
  /** The name of the device that took the stream slot; undefined if no device took it. */
  takenOverBy: string | undefined;
  onGoOn: () => void;
}

/** Tells the viewer that the platform ended the playback session. */
export function PlayerEnded({ title, titleId, takenOverBy, onGoOn }: PlayerEndedProps) {
  const strings = useStrings();
  return (
    <PlayerScreen title={title}>
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
        <ToTitle titleId={titleId} className={buttons.secondary} />
      </div>
    </PlayerScreen>
  );
}

interface PlayerNoticeProps {
  heading: string;
  body?: string;
  action: string;
  onAction: () => void;
  titleId: string;
}

/** A message over a video that failed. */
export function PlayerNotice({ heading, body, action, onAction, titleId }: PlayerNoticeProps) {
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
          <ToTitle titleId={titleId} className={buttons.secondary} />
        </div>
      </div>
    </div>
  );
}
