/** What a key asks the player for. */
export type KeyAction =
  | { kind: "toggle" | "fullscreen" | "mute" | "captions" | "leave" | "reveal" }
  | { kind: "skip"; by: number }
  | { kind: "louder"; by: number };

const STEP = 10;

/**
 * What a key means to the player; undefined leaves it to whatever has the focus.
 *
 * `onStage` says that the focus is on the picture itself. There the arrow keys seek; on the controls they go from one
 * to the next, as a remote needs it.
 */
export function keyAction(key: string, onStage: boolean): KeyAction | undefined {
  switch (key) {
    case " ":
    case "Enter":
      return onStage ? { kind: "toggle" } : undefined;
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
      return { kind: "skip", by: -STEP };
    case "l":
    case "MediaFastForward":
      return { kind: "skip", by: STEP };
    case "ArrowLeft":
      return onStage ? { kind: "skip", by: -STEP } : undefined;
    case "ArrowRight":
      return onStage ? { kind: "skip", by: STEP } : undefined;
    case "ArrowUp":
    case "ArrowDown":
      return onStage ? { kind: "reveal" } : undefined;
    case "+":
      return { kind: "louder", by: 0.1 };
    case "-":
      return { kind: "louder", by: -0.1 };
    case "Escape":
    case "GoBack":
    case "BrowserBack":
      return { kind: "leave" };
    default:
      return undefined;
  }
}
