import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { problemOf } from "../api/problem";
import { useStrings } from "../strings/useStrings";
import { buttons } from "./buttons";

/** Says that there is no content, and what the viewer can do. */
export function EmptyMessage({ heading, hint, children }: { heading: string; hint?: string; children?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 py-20 text-center">
      <p className="font-literary text-2xl">{heading}</p>
      {hint ? <p className="text-muted">{hint}</p> : null}
      {children}
    </div>
  );
}

interface ErrorMessageProps {
  error: unknown;
  retry?: () => unknown;
  /** Whether the requested id comes from the page's address. */
  isAddress?: boolean;
}

/** Says what went wrong, and offers a button that tries again. */
export function ErrorMessage({ error, retry, isAddress = false }: ErrorMessageProps) {
  const strings = useStrings();
  const problem = problemOf(error);
  // Viewers type and share addresses, so an invalid id in an address is reported like an unknown id.
  const kind = isAddress && problem.kind === "invalid" ? "not-found" : problem.kind;
  return (
    <div role="alert" className="mx-auto flex max-w-md flex-col items-center gap-4 py-16 text-center">
      <p className="font-literary text-xl">{strings.problems[kind]}</p>
      {kind === "not-found" ? (
        <Link to="/" className={buttons.secondary}>
          {strings.toHome}
        </Link>
      ) : retry ? (
        <button type="button" className={buttons.secondary} onClick={() => void retry()}>
          {strings.retry}
        </button>
      ) : null}
    </div>
  );
}
