/** What the viewer used last: keys, as of a keyboard or a remote, or a pointer. */
export type InputMode = "keys" | "pointer";

// A phone is touched; anything else may be steered with keys before a pointer is ever moved.
let mode: InputMode =
  navigator.maxTouchPoints > 0 && window.matchMedia("(pointer: coarse)").matches ? "pointer" : "keys";

window.addEventListener("keydown", () => (mode = "keys"), { capture: true });
window.addEventListener("pointerdown", () => (mode = "pointer"), { capture: true });

export function inputMode(): InputMode {
  return mode;
}
