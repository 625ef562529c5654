import { useNavigate } from "@tanstack/react-router";

import { logOut } from "../session/session";
import { useSession } from "../session/useSession";
import { useStrings } from "../strings/useStrings";
import { Avatar } from "./Avatar";
import { ChoiceMenu } from "./ChoiceMenu";

/** The menu of the account, below the avatar of the selected profile. */
export function AccountMenu() {
  const strings = useStrings();
  const session = useSession();
  const navigate = useNavigate();
  if (session.status !== "signed-in") return null;
  const name = session.profile?.displayName ?? session.account.displayName;

  const go = (destination: "/watchlist" | "/reminders" | "/taste" | "/history" | "/profiles" | "/plans" | "out") => {
    if (destination === "out") void logOut();
    else void navigate({ to: destination });
  };
  return (
    <ChoiceMenu
      label={strings.nav.account(name)}
      align="right"
      kind="actions"
      choices={[
        { value: "/watchlist", label: strings.nav.myList },
        { value: "/reminders", label: strings.reminders.page },
        { value: "/taste", label: strings.nav.taste },
        { value: "/history", label: strings.nav.history },
        { value: "/profiles", label: strings.nav.switchProfile },
        { value: "/plans", label: strings.nav.plans },
        { value: "out", label: strings.nav.logOut },
      ]}
      onChoose={go}
      buttonClass="grid size-11 place-items-center rounded-full transition-colors hover:bg-paper/10"
    >
      {session.profile ? <Avatar profile={session.profile} className="size-8 rounded-full" /> : name.charAt(0)}
    </ChoiceMenu>
  );
}
