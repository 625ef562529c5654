import { useCanGoBack, useNavigate, useRouter } from "@tanstack/react-router";
import { useCallback } from "react";

/** Returns a function that leaves the player: to the previous page, or to the title page if there is none. */
export function useLeave(titleId: string): () => void {
  const router = useRouter();
  const canGoBack = useCanGoBack();
  const navigate = useNavigate();
  return useCallback(() => {
    if (canGoBack) router.history.back();
    else void navigate({ to: "/title/$titleId", params: { titleId }, replace: true });
  }, [canGoBack, router, navigate, titleId]);
}
