import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi } from "@tanstack/react-router";

import { useTitleAccess } from "../api/access";
import { AccessNotice } from "../components/AccessNotice";
import { EpisodeList } from "../components/EpisodeList";
import { ErrorMessage } from "../components/Messages";
import { PageTitle } from "../components/PageTitle";
import { PlayButton } from "../components/PlayButton";
import { Skeleton } from "../components/Skeletons";
import { TitleDetails } from "../components/TitleDetails";
import { TitleHero } from "../components/TitleHero";
import { TitleRail } from "../components/TitleRail";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_pb";
import { useStrings } from "../strings/useStrings";

const route = getRouteApi("/viewer/shell/title/$titleId");

/** Everything about one title. */
export function TitlePage() {
  const strings = useStrings();
  const { titleId } = route.useParams();
  const answer = useQuery(CatalogService.method.getTitle, { titleId });
  const bookmarks = useQuery(ViewingService.method.listBookmarks, { titleId, pageSize: 200 }, { staleTime: 0 });
  const decision = useTitleAccess(titleId);
  const title = answer.data?.title;

  if (answer.error)
    return (
      <div className="pt-28">
        <ErrorMessage error={answer.error} retry={answer.refetch} />
      </div>
    );
  if (!title) return <TitleSkeleton />;
  const open = decision?.allowed ?? true;
  return (
    <article>
      <PageTitle>{title.title}</PageTitle>
      <TitleHero title={title} as="h1" className="min-h-[30rem] sm:min-h-[74svh]">
        {decision && !open ? (
          <AccessNotice decision={decision} />
        ) : (
          <PlayButton title={title} bookmarks={bookmarks.data?.bookmarks ?? []} />
        )}
      </TitleHero>
      <TitleDetails title={title} />
      {title.seasons.length > 0 ? (
        <EpisodeList title={title} bookmarks={bookmarks.data?.bookmarks ?? []} open={open} />
      ) : null}
      {title.genres[0] ? (
        <div className="mt-12">
          <TitleRail
            heading={title.genres[0]}
            list={{ genre: title.genres[0] }}
            seeAll={{ to: "/browse/{-$genre}", params: { genre: title.genres[0] } }}
          />
        </div>
      ) : null}
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

function TitleSkeleton() {
  return (
    <div className="gutter flex min-h-[74svh] flex-col justify-end gap-4 pb-12">
      <Skeleton className="h-16 w-2/3 max-w-xl" />
      <Skeleton className="h-5 w-1/3 max-w-sm" />
      <Skeleton className="h-24 w-full max-w-2xl" />
    </div>
  );
}
