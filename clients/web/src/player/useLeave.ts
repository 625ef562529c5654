import { useCanGoBack, useNavigate, useRouter } from "@tanstack/react-router";
import { useCallback } from "react";

/** Leaves the player: back to where one came from, or to the title's page. */
export function useLeave(titleId: string): () => void {
  const router = useRouter();
  const canGoBack = useCanGoBack();
  const navigate = useNavigate();
  return useCallback(() => {
    if (canGoBack) router.history.back();
    else void navigate({ to: "/title/$titleId", params: { titleId }, replace: true });
  }, [canGoBack, router, navigate, titleId]);
}
