/** A command that a key sends to the player. */
export type KeyCommand =
  | { kind: "toggle" | "fullscreen" | "mute" | "captions" | "leave" | "focusControls" }
  | { kind: "seekBy"; by: number }
  | { kind: "changeVolume"; by: number };

const SEEK_SECONDS = 10;

/**
 * Returns the command of a key; undefined if the focused element handles the key.
 *
 * `isVideoFocused` is true if the focus is on the video and not on a control. The arrow keys then seek. Otherwise they
 * move the focus between controls, as a remote needs.
 */
export function keyCommand(key: string, isVideoFocused: boolean): KeyCommand | undefined {
  switch (key) {
    case " ":
    case "Enter":
      return isVideoFocused ? { kind: "toggle" } : undefined;
    case "k":
    case "MediaPlayPause":
      return { kind: "toggle" };
    case "f":
      return { kind: "fullscreen" };
    case "m":
      return { kind: "mute" };
    case "c":
      return { kind: "captions" };
    case "j":
    case "MediaRewind":
      return { kind: "seekBy", by: -SEEK_SECONDS };
    case "l":
    case "MediaFastForward":
      return { kind: "seekBy", by: SEEK_SECONDS };
    case "ArrowLeft":
      return isVideoFocused ? { kind: "seekBy", by: -SEEK_SECONDS } : undefined;
    case "ArrowRight":
      return isVideoFocused ? { kind: "seekBy", by: SEEK_SECONDS } : undefined;
    case "ArrowUp":
    case "ArrowDown":
      return isVideoFocused ? { kind: "focusControls" } : undefined;
    case "+":
      return { kind: "changeVolume", by: 0.1 };
    case "-":
      return { kind: "changeVolume", by: -0.1 };
    case "Escape":
    case "GoBack":
    case "BrowserBack":
      return { kind: "leave" };
    default:
      return undefined;
  }
}
