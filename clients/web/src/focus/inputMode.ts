/** The input that the viewer used last: the keys of a keyboard or a remote, or a pointer. */
export type InputMode = "keys" | "pointer";

// A touch screen has no keys. On any other device, the viewer may press a key before using a pointer.
let mode: InputMode =
  navigator.maxTouchPoints > 0 && window.matchMedia("(pointer: coarse)").matches ? "pointer" : "keys";

window.addEventListener("keydown", () => (mode = "keys"), { capture: true });
window.addEventListener("pointerdown", () => (mode = "pointer"), { capture: true });

/** Returns the input that the viewer used last. */
export function inputMode(): InputMode {
  return mode;
}
