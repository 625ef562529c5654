import type { ReactNode } from "react";

/** A grid of posters, with as many columns as fit. */
export function TitleGrid({ children }: { children: ReactNode }) {
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(clamp(6.6rem,12vw,12rem),1fr))] gap-x-3 gap-y-6 sm:gap-x-4 sm:gap-y-8">
      {children}
    </div>
  );
}
