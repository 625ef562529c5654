import { Link } from "@tanstack/react-router";

import { problemOf } from "../api/problem";
import { useStrings } from "../strings/useStrings";
import { buttons } from "./buttons";

/** Why an account could not be created. It offers the log-in to whoever may have an account. */
export function RegistrationProblem({ failure }: { failure: unknown }) {
  const strings = useStrings();
  const kind = failure ? problemOf(failure).kind : undefined;
  return (
    <>
      <p role="alert" className="text-sm text-danger empty:hidden">
        {kind ? strings.problems[kind] : ""}
      </p>
      {kind === "registration-refused" ? (
        <Link to="/login" search={(current) => current} className={buttons.secondary}>
          {strings.register.logInInstead}
        </Link>
      ) : null}
    </>
  );
}
