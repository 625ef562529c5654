import type { RefObject } from "react";
import { useEffect, useRef, useState } from "react";

/** Returns a ref, and whether its element has ever come near the screen. */
export function useOnScreen<T extends Element>(margin = "600px"): [ref: RefObject<T | null>, hasAppeared: boolean] {
  const ref = useRef<T>(null);
  const [hasAppeared, setHasAppeared] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element || hasAppeared) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setHasAppeared(true),
      { rootMargin: margin },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [margin, hasAppeared]);
  return [ref, hasAppeared];
}
