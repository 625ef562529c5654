import type { RefObject } from "react";
import { useEffect, useEffectEvent } from "react";
import { flushSync } from "react-dom";

import type { Engine, EngineState } from "./engine";
import { keyAction } from "./keyCommands";
import { setVolume, skip, toggle, toggleMute } from "./videoCommands";

interface PlayerKeys {
  video: RefObject<HTMLVideoElement | null>;
  engine: RefObject<Engine | null>;
  engineState: EngineState;
  /** The picture itself, which has the focus while no control has it. */
  picture: RefObject<HTMLElement | null>;
  stir: () => void;
  toggleFull: () => void;
  leave: () => void;
}

/** Lets the keys of a keyboard or a remote drive the player. */
export function usePlayerKeys({ video, engine, engineState, picture, stir, toggleFull, leave }: PlayerKeys): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const element = video.current;
    const focused = document.activeElement;
    if (!element || event.ctrlKey || event.metaKey || event.altKey || focused?.closest("[role=menu]")) return;
    // Hidden controls are inert: they must be shown before one of them can get the focus.
    flushSync(stir);
    const action = keyAction(event.key, focused === picture.current || focused === document.body);
    if (!action) return;
    event.preventDefault();
    switch (action.kind) {
      case "toggle":
        toggle(element);
        break;
      case "skip":
        skip(element, action.by);
        break;
      case "louder":
        setVolume(element, element.volume + action.by);
        break;
      case "mute":
        toggleMute(element);
        break;
      case "captions":
        engine.current?.caption(engineState.caption ? undefined : engineState.captions[0]);
        break;
      case "fullscreen":
        toggleFull();
        break;
      case "reveal":
        document.querySelector<HTMLElement>("[data-play-button]")?.focus();
        break;
      case "leave":
        leave();
        break;
    }
  });
  useEffect(() => {
    // The player hears keys before the page does, which would move the focus with them.
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, []);
}
