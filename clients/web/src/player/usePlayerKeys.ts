import type { RefObject } from "react";
import { useEffect, useEffectEvent } from "react";
import { flushSync } from "react-dom";

import type { Engine, EngineState } from "./engine";
import { keyCommand } from "./keyCommands";
import { setVolume, toggleMute, togglePlay } from "./videoCommands";

interface PlayerKeys {
  video: RefObject<HTMLVideoElement | null>;
  engine: RefObject<Engine | null>;
  engineState: EngineState;
  /** The button over the video. It has the focus while no control has it. */
  videoButton: RefObject<HTMLElement | null>;
  showControls: () => void;
  toggleFullscreen: () => void;
  leave: () => void;
  onSeekBy: (seconds: number) => void;
  /** Handles a key before the player does. Returns whether it did. */
  onKeyFirst?: (event: KeyboardEvent, isVideoFocused: boolean) => boolean;
}

/** Runs the player commands of keyboard and remote keys. */
export function usePlayerKeys({
  video,
  engine,
  engineState,
  videoButton,
  showControls,
  toggleFullscreen,
  leave,
  onSeekBy,
  onKeyFirst,
}: PlayerKeys): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const element = video.current;
    const focusedElement = document.activeElement;
    if (!element || event.ctrlKey || event.metaKey || event.altKey || focusedElement?.closest("[role=menu], dialog"))
      return;
    const isVideoFocused =
      !videoButton.current?.closest("[inert]") &&
      (focusedElement === videoButton.current || focusedElement === document.body);
    if (onKeyFirst?.(event, isVideoFocused)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    // Hidden controls are inert. They must be visible before one of them can get the focus.
    flushSync(showControls);
    const command = keyCommand(event.key, isVideoFocused);
    if (!command) return;
    event.preventDefault();
    switch (command.kind) {
      case "toggle":
        togglePlay(element);
        break;
      case "seekBy":
        onSeekBy(command.by);
        break;
      case "changeVolume":
        setVolume(element, element.volume + command.by);
        break;
      case "mute":
        toggleMute(element);
        break;
      case "captions":
        engine.current?.caption(engineState.caption ? undefined : engineState.captions[0]);
        break;
      case "fullscreen":
        toggleFullscreen();
        break;
      case "focusControls":
        document.querySelector<HTMLElement>("[data-play-button]")?.focus();
        break;
      case "leave":
        leave();
        break;
    }
  });
  useEffect(() => {
    // The capture phase handles keys before the page does, because the page moves the focus with arrow keys.
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, []);
}
