import { Link } from "@tanstack/react-router";

import { ContentRail } from "../components/ContentRail";
import { ChannelLogo } from "../guide/ChannelLogo";
import { ProgrammeCard } from "../guide/ProgrammeCard";
import type { useGuideSearch } from "../guide/useGuideSearch";
import { useNow } from "../guide/useNow";
import { useStrings } from "../strings/useStrings";

/** The channels and the programmes that a search found. Renders nothing if there are none. */
export function GuideResults({ found }: { found: ReturnType<typeof useGuideSearch> }) {
  const { find, guide } = useStrings();
  const now = useNow();
  const { channels, programmes, channelNames } = found;
  return (
    <>
      {channels.length > 0 ? (
        <ul aria-label={guide.channels} className="flex flex-wrap gap-2 pb-5">
          {channels.map((channel) => (
            <li key={channel.channelId}>
              <Link
                to="/guide"
                search={{ channel: channel.channelId }}
                className="inline-flex min-h-12 items-center gap-2.5 rounded-xl bg-raised py-1.5 pr-4 pl-1.5 text-sm font-medium transition-colors hover:bg-lifted"
              >
                <ChannelLogo channel={channel} className="size-9" />
                {channel.displayName}
              </Link>
            </li>
          ))}
        </ul>
      ) : null}
      {programmes.length > 0 ? (
        <div className="-mx-[clamp(1rem,4vw,4.5rem)] pb-3">
          <ContentRail heading={find.inGuide} railId="guide-results" count={programmes.length}>
            {programmes.map((entry) => (
              <ProgrammeCard
                key={entry.programme.programmeId}
                entry={entry}
                channelName={channelNames.get(entry.programme.channelId) ?? ""}
                now={now}
                link={{ to: "/guide", search: { programme: entry.programme.programmeId } }}
              />
            ))}
          </ContentRail>
        </div>
      ) : null}
    </>
  );
}
