import { Check } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";
import { useEffect, useRef, useState } from "react";

export interface Choice<T> {
  value: T;
  label: string;
  note?: string;
}

interface ChoiceMenuProps<T> {
  label: string;
  choices: readonly Choice<T>[];
  chosen?: T;
  /** Whether a choice sets a value, which is then marked, or runs a command. */
  kind?: "setting" | "actions";
  onChoose: (value: T) => void;
  /** What the button shows. */
  children: ReactNode;
  buttonClass: string;
  /** Where the list opens. */
  opens?: "below" | "above";
  align?: "left" | "right";
  onOpenChange?: (open: boolean) => void;
}

const ITEMS = "[role^=menuitem]";

/** A button that opens a list from which the viewer chooses one entry. */
export function ChoiceMenu<T extends string | number | undefined>(props: ChoiceMenuProps<T>) {
  const { label, choices, chosen, kind = "setting", onChoose, children, buttonClass } = props;
  const { opens = "below", align = "left", onOpenChange } = props;
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  const toggle = (next: boolean) => {
    setOpen(next);
    onOpenChange?.(next);
  };
  const close = () => {
    toggle(false);
    button.current?.focus();
  };

  useEffect(() => {
    if (!open) return;
    const items = list.current?.querySelectorAll<HTMLElement>(ITEMS);
    const current = list.current?.querySelector<HTMLElement>("[aria-checked=true]");
    (current ?? items?.[0])?.focus();
    const closeOutside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) {
        setOpen(false);
        onOpenChange?.(false);
      }
    };
    document.addEventListener("pointerdown", closeOutside);
    return () => document.removeEventListener("pointerdown", closeOutside);
  }, [open, onOpenChange]);

  const onKeyDown = (event: KeyboardEvent) => {
    const items = [...(list.current?.querySelectorAll<HTMLElement>(ITEMS) ?? [])];
    const focusedIndex = items.indexOf(document.activeElement as HTMLElement);
    const target = findKeyTarget(event.key, focusedIndex, items);
    if (event.key === "Escape" || event.key === "Tab" || event.key === "ArrowLeft" || event.key === "ArrowRight")
      close();
    else if (target) target.focus();
    else return;
    event.stopPropagation();
    event.preventDefault();
  };

  return (
    <div ref={root} className="relative">
      <button
        ref={button}
        type="button"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        className={buttonClass}
        onClick={() => toggle(!open)}
      >
        {children}
      </button>
      {open ? (
        <div
          ref={list}
          role="menu"
          tabIndex={-1}
          aria-label={label}
          onKeyDown={onKeyDown}
          className={`absolute z-40 max-h-80 min-w-52 overflow-y-auto overscroll-contain rounded-xl border border-line bg-raised p-1.5 shadow-2xl shadow-black/60 ${opens === "below" ? "top-full mt-2" : "bottom-full mb-3"} ${align === "left" ? "left-0" : "right-0"}`}
        >
          {choices.map((choice) => (
            <button
              key={String(choice.value)}
              type="button"
              role={kind === "setting" ? "menuitemradio" : "menuitem"}
              aria-checked={kind === "setting" ? choice.value === chosen : undefined}
              tabIndex={-1}
              className="flex w-full items-center gap-2.5 rounded-lg px-3 py-2 text-left text-sm hover:bg-paper/10 focus-visible:bg-paper/10 focus-visible:outline-offset-[-3px]"
              onClick={() => {
                onChoose(choice.value);
                close();
              }}
            >
              {kind === "setting" ? (
                <Check
                  aria-hidden="true"
                  className={`size-4 shrink-0 text-bulb ${choice.value === chosen ? "" : "invisible"}`}
                />
              ) : null}
              <span className="grow">{choice.label}</span>
              {choice.note ? <span className="text-xs text-muted">{choice.note}</span> : null}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** Returns the item that a key moves the focus to: a neighbour, an end, or the next item with that initial. */
function findKeyTarget(key: string, focusedIndex: number, items: readonly HTMLElement[]): HTMLElement | undefined {
  switch (key) {
    case "ArrowDown":
      return items[(focusedIndex + 1) % items.length];
    case "ArrowUp":
      return items[(focusedIndex - 1 + items.length) % items.length];
    case "Home":
      return items[0];
    case "End":
      return items.at(-1);
    default: {
      if (key.length !== 1 || key === " ") return undefined;
      const itemsAfterFocus = [...items.slice(focusedIndex + 1), ...items.slice(0, focusedIndex + 1)];
      return itemsAfterFocus.find((item) => item.textContent.trim().toLowerCase().startsWith(key.toLowerCase()));
    }
  }
}
