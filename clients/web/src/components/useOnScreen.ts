import type { RefObject } from "react";
import { useEffect, useRef, useState } from "react";

/** Turns true once the element has come near the screen, and stays so. */
export function useOnScreen<T extends Element>(margin = "600px"): [ref: RefObject<T | null>, seen: boolean] {
  const ref = useRef<T>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element || seen) return;
    const watch = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      { rootMargin: margin },
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, [margin, seen]);
  return [ref, seen];
}
