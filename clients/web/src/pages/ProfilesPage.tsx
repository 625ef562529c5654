import { useQuery } from "@connectrpc/connect-query";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";

import { Avatar } from "../components/Avatar";
import { buttons } from "../components/buttons";
import { ErrorMessage } from "../components/Messages";
import { PageTitle } from "../components/PageTitle";
import { Skeleton } from "../components/Skeletons";
import { Wordmark } from "../components/Wordmark";
import { IdentityService } from "../gen/marquee/identity/v1/identity_service_pb";
import { logOut, selectProfile } from "../session/session";
import { useStrings } from "../strings/useStrings";

/** A profile with this maturity ceiling sees all titles. */
const ADULT_AGE = 18;

const route = getRouteApi("/viewer/profiles");

/** The page on which the viewer chooses a profile: "Who's watching?" */
export function ProfilesPage() {
  const strings = useStrings();
  const router = useRouter();
  const { next } = route.useSearch();
  const profiles = useQuery(IdentityService.method.listProfiles, {});
  const selection = useMutation({
    mutationFn: selectProfile,
    onSuccess: () => router.navigate({ href: next ?? "/", replace: true }),
  });

  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-10 px-6 py-12 text-center">
      <PageTitle>{strings.profiles.page}</PageTitle>
      <Wordmark className="text-3xl" />
      <h1 className="font-literary text-4xl font-semibold sm:text-5xl">{strings.profiles.heading}</h1>
      {profiles.error ? <ErrorMessage error={profiles.error} retry={profiles.refetch} /> : null}
      {selection.error ? <ErrorMessage error={selection.error} /> : null}
      <ul className="flex max-w-4xl flex-wrap justify-center gap-x-7 gap-y-8">
        {profiles.isPending ? <ProfileSkeletons /> : null}
        {profiles.data?.profiles.map((profile, index) => (
          <li key={profile.profileId}>
            <button
              type="button"
              autoFocus={index === 0}
              disabled={selection.isPending}
              className="group w-28 rounded-3xl sm:w-36"
              onClick={() => selection.mutate(profile.profileId)}
            >
              <Avatar
                profile={profile}
                className="aspect-square w-full rounded-3xl ring-bulb transition-transform duration-300 ease-stage group-hover:scale-105 group-hover:ring-4 group-focus-visible:scale-105"
              />
              <span className="mt-4 block truncate text-lg font-medium">{profile.displayName}</span>
              {profile.maturityCeiling < ADULT_AGE ? (
                <span className="text-xs text-muted">
                  {profile.maturityCeiling === 0
                    ? strings.profiles.forAll
                    : strings.profiles.upTo(profile.maturityCeiling)}
                </span>
              ) : null}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" className={buttons.quiet} onClick={() => void logOut()}>
        {strings.profiles.logOut}
      </button>
    </main>
  );
}

function ProfileSkeletons() {
  return [0, 1].map((index) => (
    <li key={index}>
      <Skeleton className="size-28 rounded-3xl sm:size-36" />
    </li>
  ));
}
