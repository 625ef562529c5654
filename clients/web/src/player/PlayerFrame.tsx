import { LoaderCircle } from "lucide-react";
import type { ReactNode, RefObject } from "react";

import { useStrings } from "../strings/useStrings";
import type { EngineState } from "./engine";
import type { Controls } from "./useControls";
import { togglePlay } from "./videoCommands";

interface PlayerFrameProps {
  container: RefObject<HTMLDivElement | null>;
  video: RefObject<HTMLVideoElement | null>;
  videoButton: RefObject<HTMLButtonElement | null>;
  paused: boolean;
  engineState: EngineState;
  controls: Controls;
  /** Whether a notice covers the video and its controls. */
  inert?: boolean;
  onFullscreen: () => void;
  /** The controls and the notices over the video. */
  children: ReactNode;
}

/** The video, a button over it that plays and pauses, and the state of the buffer. */
export function PlayerFrame(props: PlayerFrameProps) {
  const { container, video, videoButton, paused, engineState, controls } = props;
  const strings = useStrings();
  return (
    <div
      ref={container}
      inert={props.inert}
      data-controls={controls.hidden ? "hidden" : "shown"}
      className={`absolute inset-0 ${controls.hidden ? "cursor-none" : ""}`}
      onPointerMove={(event) => {
        controls.show();
        // A control that disappears under the pointer gives no notice that the pointer has left the controls.
        if (event.target === videoButton.current) controls.onPoint(false);
      }}
      onFocus={controls.onFocus}
      onDoubleClick={(event) => event.target === videoButton.current && props.onFullscreen()}
    >
      <video ref={video} playsInline className="absolute inset-0 size-full" />
      <button
        ref={videoButton}
        type="button"
        autoFocus
        data-focus-first=""
        data-arrows="own"
        aria-label={paused ? strings.player.play : strings.player.pause}
        className="absolute inset-0 cursor-[inherit] outline-none"
        onClick={(event) => {
          // A first touch only shows the controls. The movement of a mouse has already shown them.
          const isTouch = (event.nativeEvent as PointerEvent).pointerType === "touch";
          if (isTouch && controls.hidden) controls.show();
          else togglePlay(video.current);
        }}
      />
      {engineState.buffering && !engineState.failed ? (
        <div
          role="status"
          aria-label={engineState.outage ? strings.player.outage : strings.player.buffering}
          className="pointer-events-none absolute inset-0 grid place-content-center justify-items-center gap-4"
        >
          <LoaderCircle className="size-16 animate-spin text-bulb" strokeWidth={1.6} />
          {engineState.outage ? <p className="rounded-full bg-ink/85 px-4 py-1.5">{strings.player.outage}</p> : null}
        </div>
      ) : null}
      {props.children}
    </div>
  );
}
