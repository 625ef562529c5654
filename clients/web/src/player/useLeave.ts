import { useCanGoBack, useRouter } from "@tanstack/react-router";
import { useCallback } from "react";

/** Returns a function that leaves the player: to the previous page, or elsewhere if there is none. */
export function useLeave(goElsewhere: () => unknown): () => void {
  const router = useRouter();
  const canGoBack = useCanGoBack();
  return useCallback(() => {
    if (canGoBack) router.history.back();
    else goElsewhere();
  }, [canGoBack, router, goElsewhere]);
}
