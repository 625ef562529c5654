import { useMutation } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useState } from "react";

import { problemOf } from "../api/problem";
import { buttons } from "../components/buttons";
import { PageTitle } from "../components/PageTitle";
import { RegistrationProblem } from "../components/RegistrationProblem";
import { TextField } from "../components/TextField";
import { register } from "../session/session";
import { useStrings } from "../strings/useStrings";
import { GuestFrame } from "./GuestFrame";

export function RegisterPage() {
  const strings = useStrings();
  const router = useRouter();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const registration = useMutation({
    mutationFn: () => register(name.trim(), email.trim(), password),
    onSuccess: () => router.invalidate(),
  });

  // The problem then offers the log-in itself.
  const isRefused = registration.isError && problemOf(registration.error).kind === "registration-refused";
  return (
    <GuestFrame>
      <PageTitle>{strings.register.page}</PageTitle>
      <h1 className="mb-6 font-literary text-3xl font-semibold">{strings.register.heading}</h1>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          registration.mutate();
        }}
      >
        <TextField
          label={strings.register.name}
          autoComplete="name"
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label={strings.logIn.email}
          type="email"
          autoComplete="email"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label={strings.logIn.password}
          hint={strings.register.passwordHint}
          type="password"
          autoComplete="new-password"
          required
          minLength={8}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <button type="submit" className={buttons.primary} disabled={registration.isPending}>
          {registration.isPending ? strings.register.submitting : strings.register.submit}
        </button>
        <RegistrationProblem failure={registration.error} />
      </form>
      {isRefused ? null : (
        <p className="mt-5 text-sm text-muted">
          {strings.register.haveAccount}{" "}
          <Link
            to="/login"
            search={(current) => current}
            className="font-medium text-bulb-soft underline underline-offset-4"
          >
            {strings.register.toLogIn}
          </Link>
        </p>
      )}
    </GuestFrame>
  );
}
