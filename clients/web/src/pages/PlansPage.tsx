import { useQuery } from "@connectrpc/connect-query";
import { Check } from "lucide-react";

import { ErrorMessage } from "../components/Messages";
import { PageTitle } from "../components/PageTitle";
import { Skeleton } from "../components/Skeletons";
import { money } from "../format/money";
import type { Package, Subscription } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { EntitlementService } from "../gen/marquee/entitlement/v1/entitlement_service_pb";
import { Tier } from "../gen/marquee/type/v1/type_pb";
import { useStrings } from "../strings/useStrings";

/** The plans on sale. The viewer's own plan is marked. */
export function PlansPage() {
  const strings = useStrings();
  const packages = useQuery(EntitlementService.method.listPackages, {});
  const ownSubscription = useQuery(EntitlementService.method.getSubscription, {});
  return (
    <div className="gutter pt-28">
      <PageTitle>{strings.plans.page}</PageTitle>
      <h1 className="text-center font-literary text-4xl font-semibold sm:text-5xl">{strings.plans.heading}</h1>
      {packages.error ? <ErrorMessage error={packages.error} retry={packages.refetch} /> : null}
      <ul className="mx-auto mt-10 grid max-w-6xl gap-4 sm:grid-cols-2 lg:grid-cols-4">
        {packages.isPending ? [0, 1, 2, 3].map((index) => <Skeleton key={index} className="h-72 rounded-3xl" />) : null}
        {packages.data?.packages.map((plan) => (
          <Plan key={plan.packageId} plan={plan} isMine={isHeld(plan, ownSubscription.data?.subscription)} />
        ))}
      </ul>
      <p className="mt-8 text-center text-sm text-muted">{strings.plans.note}</p>
    </div>
  );
}

/** Returns whether an account has a package: a subscribed package, or the free package if it has no subscription. */
function isHeld({ packageId, tier }: Package, subscription: Subscription | undefined): boolean {
  const isFreePlan = tier === Tier.FREE && subscription?.tier === Tier.FREE;
  return isFreePlan || (subscription?.packageIds.includes(packageId) ?? false);
}

function Plan({ plan, isMine }: { plan: Package; isMine: boolean }) {
  const strings = useStrings();
  const { price, billingPeriod } = plan.offer ?? {};
  const isFree = price?.minorUnits === 0n;
  return (
    <li
      aria-current={isMine}
      className={`flex flex-col rounded-3xl border p-6 ${isMine ? "border-bulb bg-bulb/8" : "border-line bg-raised"}`}
    >
      <div className="flex min-h-7 items-center justify-between">
        <h2 className="text-lg font-semibold">{plan.displayName}</h2>
        {isMine ? (
          <span className="rounded-full bg-bulb px-2.5 py-1 text-xs font-semibold text-ink">{strings.plans.yours}</span>
        ) : null}
      </div>
      <p className="mt-5">
        <span className="font-literary text-3xl font-semibold">
          {price ? (isFree ? strings.plans.free : money(price, strings.language)) : strings.plans.notSold}
        </span>{" "}
        {billingPeriod && !isFree ? (
          <span className="text-sm text-muted">{strings.plans.per[billingPeriod]}</span>
        ) : null}
      </p>
      <p className="mt-4 grow text-sm text-paper/85">{plan.description}</p>
      <ul className="mt-5 flex flex-col gap-2 text-sm">
        <PlanFeature>{strings.plans.screens(plan.maxStreams)}</PlanFeature>
        {plan.includesAllTitles ? <PlanFeature>{strings.plans.everything}</PlanFeature> : null}
      </ul>
    </li>
  );
}

function PlanFeature({ children }: { children: string }) {
  return (
    <li className="flex items-center gap-2">
      <Check aria-hidden="true" className="size-4 text-bulb" />
      {children}
    </li>
  );
}
