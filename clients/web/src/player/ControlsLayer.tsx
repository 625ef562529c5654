import { ArrowLeft } from "lucide-react";
import type { PointerEvent, ReactNode } from "react";

import { useStrings } from "../strings/useStrings";
import { ROUND_BUTTON } from "./controlButtons";

interface ControlsLayerProps {
  hidden: boolean;
  /** What plays, beside the button that leaves the player. */
  header: ReactNode;
  /** The controls at the bottom. */
  children: ReactNode;
  onLeave: () => void;
  /** Called with true when a mouse enters the controls, and with false when it leaves them. */
  onPoint: (isOnControls: boolean) => void;
}

/** The controls over the video: what plays at the top, and what the viewer can do at the bottom. */
export function ControlsLayer({ hidden, header, children, onLeave, onPoint }: ControlsLayerProps) {
  const strings = useStrings();
  const pointerHandlers = {
    onPointerEnter: ({ pointerType }: PointerEvent) => pointerType === "mouse" && onPoint(true),
    onPointerLeave: () => onPoint(false),
  };
  return (
    <div
      inert={hidden}
      className={`pointer-events-none absolute inset-0 flex flex-col justify-between transition-opacity duration-300 ${hidden ? "opacity-0" : ""}`}
    >
      <div
        {...pointerHandlers}
        className="pointer-events-auto flex items-center gap-3 bg-linear-to-b from-black/80 to-transparent p-3 pb-14 sm:p-6 sm:pb-20"
      >
        <button type="button" className={ROUND_BUTTON} aria-label={strings.player.back} onClick={onLeave}>
          <ArrowLeft className="size-6" />
        </button>
        {header}
      </div>
      <div
        {...pointerHandlers}
        className="pointer-events-auto bg-linear-to-t from-black/90 via-black/60 to-transparent px-4 pt-16 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-8 sm:pb-6"
      >
        {children}
      </div>
    </div>
  );
}
