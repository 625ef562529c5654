import { useQuery } from "@connectrpc/connect-query";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { History, Sparkles } from "lucide-react";

import { useFilters } from "../api/filters";
import { ProgrammePicture } from "../art/ProgrammePicture";
import { ErrorMessage } from "../components/Messages";
import { buttons } from "../components/buttons";
import { ProgressBar } from "../components/ProgressBar";
import { Sheet } from "../components/Sheet";
import { Skeleton } from "../components/Skeletons";
import { maturityLabel } from "../format/maturity";
import type { Channel, Programme } from "../gen/marquee/epg/v1/epg_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { WatchActions } from "../live/WatchActions";
import { useStrings } from "../strings/useStrings";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { ReminderButton } from "../reminders/ReminderButton";
import { slugWords } from "../taste/labels";
import { ChannelLogo } from "./ChannelLogo";
import { FavoriteButton } from "./FavoriteButton";
import { GuideBadges } from "./GuideBadges";
import type { Span } from "./guideTime";
import { elapsedShare, isRunning, MINUTE } from "./guideTime";
import { clockTime, datedTimesLabel, dayLabel, episodeLine } from "./labels";
import { scheduled } from "./schedule";
import { useNow } from "./useNow";

interface ProgrammeSheetProps {
  programmeId: string;
  onClose: () => void;
  /** Opens the days of the channel; undefined where the page shows them already. */
  onOpenChannel: ((channelId: string) => void) | undefined;
}

/** A sheet with what is known of a programme. */
export function ProgrammeSheet({ programmeId, onClose, onOpenChannel }: ProgrammeSheetProps) {
  const strings = useStrings();
  const { data, error, refetch } = useQuery(EpgService.method.getProgramme, { programmeId });
  const { programme, channel } = data ?? {};
  return (
    <Sheet label={programme?.displayName ?? strings.loading} onClose={onClose}>
      {error && !data ? <ErrorMessage error={error} retry={refetch} isAddress /> : null}
      {!data && !error ? <Skeleton className="h-56" /> : null}
      {programme && channel ? (
        <ProgrammeDetails programme={programme} channel={channel} onOpenChannel={onOpenChannel} />
      ) : null}
    </Sheet>
  );
}

interface ProgrammeDetailsProps extends Pick<ProgrammeSheetProps, "onOpenChannel"> {
  programme: Programme;
  channel: Channel;
}

function ProgrammeDetails({ programme, channel, onOpenChannel }: ProgrammeDetailsProps) {
  const strings = useStrings();
  const { guide } = strings;
  const now = useNow();
  const genres = useFilters().data?.genres ?? [];
  const span = scheduled(programme);
  const episode = episodeLine(programme, strings);
  const rating = maturityLabel(programme.maturityRating);
  const genreNames = programme.genreIds.map(
    (genreId) => genres.find(({ value }) => value === genreId)?.displayName ?? slugWords(genreId),
  );
  const facts = [rating && guide.rating(rating), ...genreNames].filter(Boolean);
  return (
    <div className="flex flex-col gap-4">
      <div className="relative aspect-2/1 w-full overflow-hidden rounded-xl bg-lifted">
        <ProgrammePicture programme={programme} />
      </div>
      <div className="flex items-center gap-3 pr-10">
        <ChannelLogo channel={channel} className="size-10" />
        <p className="min-w-0 text-sm">
          <span className="block truncate font-medium">{channel.displayName}</span>
          <span className="text-muted">
            {[channel.number || "", channel.highDefinition ? guide.highDefinition : ""].filter(Boolean).join(" · ")}
          </span>
        </p>
        <FavoriteButton channel={channel} />
      </div>
      <div>
        <h2 className="flex flex-wrap items-center gap-x-3 font-literary text-2xl font-semibold text-balance">
          {programme.displayName}
          <span className="flex gap-1.5 font-sans">
            <GuideBadges programme={programme} />
          </span>
        </h2>
        {episode ? <p className="mt-1 text-paper/90">{episode}</p> : null}
        {span ? <ProgrammeTime span={span} now={now} /> : null}
        <WhyLiked programmeId={programme.programmeId} />
        {facts.length > 0 ? <p className="mt-1 text-sm text-muted">{facts.join(" · ")}</p> : null}
      </div>
      {span ? <WatchActions channel={channel} entry={span} now={now} /> : null}
      {span && span.start > now ? (
        <div className="flex flex-wrap gap-3">
          <ReminderButton programme={programme} />
        </div>
      ) : null}
      {programme.synopsis ? <p className="whitespace-pre-line text-paper/90">{programme.synopsis}</p> : null}
      <CatchUp programme={programme} now={now} />
      {onOpenChannel ? (
        <div>
          <button type="button" className={buttons.secondary} onClick={() => onOpenChannel(channel.channelId)}>
            {guide.wholeDay(channel.displayName)}
          </button>
        </div>
      ) : null}
    </div>
  );
}

/** Why the viewer would like a programme; nothing if recommendation does not say so. */
function WhyLiked({ programmeId }: { programmeId: string }) {
  const { data } = useQuery(
    RecommendationService.method.listGuideBadges,
    { programmeIds: [programmeId] },
    { retry: false },
  );
  const sentence = data?.programmes[0]?.explanation?.sentence;
  if (!sentence) return null;
  return (
    <p className="mt-2 flex items-center gap-2 text-sm text-bulb-soft">
      <Sparkles aria-hidden="true" className="size-4 shrink-0" />
      {sentence}
    </p>
  );
}

/** The day and the times of a programme, and how far it is, or how soon it begins. */
function ProgrammeTime({ span, now }: { span: Span; now: number }) {
  const strings = useStrings();
  const minutes = (milliseconds: number) => Math.max(1, Math.round(milliseconds / MINUTE));
  const times = datedTimesLabel(span, now, strings);
  if (!isRunning(span, now)) {
    const until = strings.length((span.start - now) / 1000);
    return (
      <p className="mt-2 text-sm text-muted">
        {[times, span.end <= now ? strings.guide.over : strings.guide.startsIn(until)].join(" · ")}
      </p>
    );
  }
  return (
    <div className="mt-2 text-sm text-muted">
      <p>{[times, strings.guide.elapsed(minutes(now - span.start), minutes(span.end - span.start))].join(" · ")}</p>
      <ProgressBar share={elapsedShare(span, now)} className="mt-2 rounded-full" />
    </div>
  );
}

/** Until when a programme is on catch-up; nothing if it is not, or not any more. */
function CatchUp({ programme, now }: { programme: Programme; now: number }) {
  const strings = useStrings();
  const until = programme.catchUpEndTime ? timestampMs(programme.catchUpEndTime) : 0;
  if (until <= now) return null;
  return (
    <p className="flex items-center gap-2 text-sm text-muted">
      <History aria-hidden="true" className="size-4 shrink-0" />
      {strings.guide.catchUpUntil(`${dayLabel(until, now, strings)}, ${clockTime(until, strings)}`)}
    </p>
  );
}
