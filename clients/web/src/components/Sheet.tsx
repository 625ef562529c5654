import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useRef } from "react";

import { useStrings } from "../strings/useStrings";

interface SheetProps {
  label: string;
  children: ReactNode;
  onClose: () => void;
}

/** A panel over the page: at the bottom on a phone, else in the middle. Escape or a click outside closes it. */
export function Sheet({ label, children, onClose }: SheetProps) {
  const strings = useStrings();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // `close()` returns the focus to the element that had it before.
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
      className="fixed mx-auto mt-auto mb-0 max-h-[88dvh] w-full max-w-xl animate-rise overflow-y-auto overscroll-contain rounded-t-3xl border border-line bg-raised p-0 text-paper shadow-2xl shadow-black backdrop:bg-black/65 sm:my-auto sm:rounded-3xl"
    >
      <div className="relative p-6 sm:p-7">
        {children}
        <button
          type="button"
          data-sheet-close=""
          aria-label={strings.why.close}
          className="absolute top-3 right-3 z-10 grid size-11 place-items-center rounded-full text-muted transition-colors hover:bg-paper/10 hover:text-paper"
          onClick={onClose}
        >
          <X aria-hidden="true" className="size-5" />
        </button>
      </div>
    </dialog>
  );
}
