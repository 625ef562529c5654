import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";

import { useTitleAccess } from "../api/access";
import { titleSubject } from "../api/subjects";
import { AccessNotice } from "../components/AccessNotice";
import { EpisodeList } from "../components/EpisodeList";
import { ErrorMessage } from "../components/Messages";
import { PageTitle } from "../components/PageTitle";
import { PlayButton } from "../components/PlayButton";
import { SimilarRail } from "../components/SimilarRail";
import { Skeleton } from "../components/Skeletons";
import { TitleDetails } from "../components/TitleDetails";
import { TitleHero } from "../components/TitleHero";
import { events } from "../events/events";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { ViewingEventType } from "../gen/marquee/viewing/v1/viewing_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { HideButton, ListButton, ThumbButtons } from "../feedback/FeedbackButtons";
import { useStrings } from "../strings/useStrings";

const route = getRouteApi("/viewer/shell/title/$titleId");

/** The page of a title: details, episodes and similar titles. */
export function TitlePage() {
  const strings = useStrings();
  const { titleId } = route.useParams();
  const titleQuery = useQuery(CatalogService.method.getTitle, { titleId });
  const bookmarks = useQuery(
    ViewingService.method.listBookmarks,
    { subject: titleSubject(titleId), pageSize: 200 },
    { staleTime: 0 },
  );
  const decision = useTitleAccess(titleId);
  const title = titleQuery.data?.title;
  useViewEvent(title?.titleId);

  if (titleQuery.error)
    return (
      <div className="pt-28">
        <PageTitle>{strings.notFound.page}</PageTitle>
        <ErrorMessage error={titleQuery.error} retry={titleQuery.refetch} isAddress />
      </div>
    );
  if (!title) return <TitleSkeleton />;
  const isAllowed = decision?.allowed ?? true;
  return (
    <article>
      <PageTitle>{title.displayName}</PageTitle>
      <TitleHero title={title} as="h1" className="min-h-[30rem] sm:min-h-[74svh]">
        {decision && !isAllowed ? (
          <AccessNotice decision={decision} />
        ) : (
          <PlayButton title={title} bookmarks={bookmarks.data?.bookmarks ?? []} />
        )}
        <div className="flex flex-wrap gap-2.5">
          <ListButton title={title} />
          <ThumbButtons titleId={titleId} />
          <HideButton title={title} />
        </div>
      </TitleHero>
      <TitleDetails title={title} />
      {title.seasons.length > 0 ? (
        <EpisodeList title={title} bookmarks={bookmarks.data?.bookmarks ?? []} open={isAllowed} />
      ) : null}
      <div className="mt-12">
        <SimilarRail key={titleId} title={title} />
      </div>
      {title.sourceUri ? (
        <p className="gutter mt-8 text-xs text-muted">
          {strings.title.sourceBefore}
          <a
            href={title.sourceUri}
            rel="noreferrer"
            target="_blank"
            className="underline underline-offset-2 hover:text-paper"
          >
            {strings.title.source}
          </a>
        </p>
      ) : null}
    </article>
  );
}

/** Reports that the viewer opened the page, with the recommendation decision that showed the title. */
function useViewEvent(titleId: string | undefined): void {
  const decisionId = useLocation({ select: (location) => location.state.decisionId ?? "" });
  useEffect(() => {
    if (!titleId) return;
    // In development React mounts a page twice. The timer makes sure that the page reports one view.
    const timer = setTimeout(() => {
      events.record({ type: ViewingEventType.SUBJECT_VIEW, subject: titleSubject(titleId), decisionId });
    });
    return () => clearTimeout(timer);
  }, [titleId, decisionId]);
}

function TitleSkeleton() {
  return (
    <div className="gutter flex min-h-[74svh] flex-col justify-end gap-4 pb-12">
      <Skeleton className="h-16 w-2/3 max-w-xl" />
      <Skeleton className="h-5 w-1/3 max-w-sm" />
      <Skeleton className="h-24 w-full max-w-2xl" />
    </div>
  );
}
