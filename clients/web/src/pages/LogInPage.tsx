import { Link, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useMutation } from "@tanstack/react-query";

import { problemOf } from "../api/problem";
import { buttons } from "../components/buttons";
import { PageTitle } from "../components/PageTitle";
import { TextField } from "../components/TextField";
import { logIn } from "../session/session";
import { useStrings } from "../strings/useStrings";
import { GuestFrame } from "./GuestFrame";

/** Whether this is a demo platform. The server writes its environment into the page. */
const IS_DEMO = document.querySelector<HTMLMetaElement>("meta[name=marquee-env]")?.content === "demo";

export function LogInPage() {
  const strings = useStrings();
  const router = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [staySignedIn, setStaySignedIn] = useState(true);
  const logInMutation = useMutation({
    mutationFn: (account: { email: string; password: string }) =>
      logIn(account.email.trim(), account.password, staySignedIn),
    // The guest routes redirect a signed-in viewer.
    onSuccess: () => router.invalidate(),
  });

  return (
    <GuestFrame>
      <PageTitle>{strings.logIn.page}</PageTitle>
      <h1 className="font-literary text-3xl font-semibold">{strings.logIn.heading}</h1>
      <p className="mt-1.5 mb-6 text-muted">{strings.logIn.invitation}</p>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          logInMutation.mutate({ email, password });
        }}
      >
        <TextField
          label={strings.logIn.email}
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label={strings.logIn.password}
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <label className="flex min-h-8 items-center gap-2.5 text-sm text-paper/90">
          <input
            type="checkbox"
            checked={staySignedIn}
            onChange={(event) => setStaySignedIn(event.target.checked)}
            className="size-4.5 accent-bulb"
          />
          {strings.logIn.stay}
        </label>
        <p role="alert" className="text-sm text-danger empty:hidden">
          {logInMutation.error ? strings.problems[problemOf(logInMutation.error).kind] : ""}
        </p>
        <button type="submit" className={buttons.primary} disabled={logInMutation.isPending}>
          {logInMutation.isPending ? strings.logIn.submitting : strings.logIn.submit}
        </button>
      </form>
      <p className="mt-5 text-sm text-muted">
        {strings.logIn.noAccount}{" "}
        <Link
          to="/register"
          search={(current) => current}
          className="font-medium text-bulb-soft underline underline-offset-4"
        >
          {strings.logIn.toRegister}
        </Link>
      </p>
      {IS_DEMO ? (
        <DemoAccounts onChoose={(account) => logInMutation.mutate(account)} disabled={logInMutation.isPending} />
      ) : null}
    </GuestFrame>
  );
}

interface DemoAccountsProps {
  onChoose: (account: { email: string; password: string }) => void;
  disabled: boolean;
}

function DemoAccounts({ onChoose, disabled }: DemoAccountsProps) {
  const strings = useStrings();
  return (
    <div className="mt-6 border-t border-line/70 pt-5">
      <p className="text-xs text-muted">{strings.logIn.demo}</p>
      <div className="mt-2.5 flex flex-wrap gap-2">
        {strings.logIn.demoAccounts.map((account) => (
          <button
            key={account.email}
            type="button"
            title={account.email}
            disabled={disabled}
            className="min-h-9 rounded-full border border-line px-3.5 text-xs font-medium text-paper/90 transition-colors hover:border-bulb hover:text-bulb-soft"
            onClick={() => onChoose(account)}
          >
            {account.label}
          </button>
        ))}
      </div>
    </div>
  );
}
