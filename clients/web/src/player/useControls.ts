import type { FocusEvent, RefObject } from "react";
import { useEffect, useState } from "react";

import { useIdle } from "./useIdle";

/** The controls disappear after this time without input. */
const IDLE_MS = 3_200;
/** The time is longer while a control has the focus, because the viewer may look for the next control. */
const IDLE_AT_CONTROL_MS = 10_000;

/** Whether the controls are hidden, and what shows them or keeps them on the screen. */
export interface Controls {
  hidden: boolean;
  show: () => void;
  onMenuChange: (open: boolean) => void;
  onPoint: (isOnControls: boolean) => void;
  onFocus: (event: FocusEvent) => void;
}

/** Hides the controls after some time without input, unless the video is paused or a menu is open. */
export function useControls(
  container: RefObject<HTMLElement | null>,
  videoButton: RefObject<HTMLElement | null>,
  paused: boolean,
): Controls {
  const [isControlFocused, setIsControlFocused] = useState(false);
  const [isPointerOnControls, setIsPointerOnControls] = useState(false);
  const [menuOpen, setMenuOpen] = useState(false);
  const keepsControls = paused || menuOpen || isPointerOnControls;
  const [hidden, show] = useIdle(isControlFocused ? IDLE_AT_CONTROL_MS : IDLE_MS, keepsControls);
  useEffect(() => {
    // A hidden control must not keep the focus.
    if (hidden && container.current?.contains(document.activeElement))
      videoButton.current?.focus({ preventScroll: true });
  }, [hidden, container, videoButton]);
  return {
    hidden,
    show,
    onMenuChange: setMenuOpen,
    onPoint: setIsPointerOnControls,
    onFocus: (event) => {
      const isControl = event.target !== videoButton.current;
      setIsControlFocused(isControl);
      // The video button gets the focus when the controls disappear. That must not show them again.
      if (isControl) show();
    },
  };
}
