import { useQuery } from "@connectrpc/connect-query";
import { Link } from "@tanstack/react-router";
import { Play, SkipBack } from "lucide-react";
import { useEffect, useRef } from "react";

import { channelSubject, programmeSubject } from "../api/subjects";
import { AccessNotice } from "../components/AccessNotice";
import { buttons } from "../components/buttons";
import { EntitlementService } from "../gen/marquee/entitlement/v1/entitlement_service_pb";
import { inputMode } from "../focus/inputMode";
import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { catchUpEnd } from "../guide/catchUp";
import { isRunning } from "../guide/guideTime";
import type { ScheduledProgramme } from "../guide/schedule";
import { useStrings } from "../strings/useStrings";

interface WatchActionsProps {
  channel: Channel;
  /** The programme; undefined for the channel as such. */
  entry: ScheduledProgramme | undefined;
  now: number;
}

/** Plays a channel live, a running programme from its beginning, or an ended one; or shows why it is closed. */
export function WatchActions({ channel, entry, now }: WatchActionsProps) {
  const { live } = useStrings();
  const isLive = entry === undefined || isRunning(entry, now);
  const isPlayable = isLive || catchUpEnd(entry.programme, entry.end, now) !== undefined;
  const subject = entry ? programmeSubject(entry.programme.programmeId) : channelSubject(channel.channelId);
  const access = useQuery(EntitlementService.method.checkAccess, { subject }, { enabled: isPlayable });
  const first = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    // A sheet opens with the focus on the button that closes it, because that is there before this is loaded.
    if (inputMode() === "keys" && document.activeElement?.matches("[data-sheet-close]")) first.current?.focus();
  }, [access.isPending]);
  if (!isPlayable) return null;
  // If the decision cannot be loaded, the player asks for it again.
  if (access.isPending) return <div className="min-h-11" />;
  const decision = access.data?.decision;
  if (decision?.allowed === false) return <AccessNotice decision={decision} />;
  const programmeId = entry?.programme.programmeId ?? "";
  const startOver = isLive && entry && channel.timeShift?.startOver;
  return (
    <div className="flex flex-wrap gap-2">
      {isLive ? (
        <Link
          to="/watch/$kind/$id"
          params={{ kind: "channel", id: channel.channelId }}
          ref={first}
          data-focus-first=""
          className={buttons.primary}
        >
          <Play aria-hidden="true" className="size-4 fill-current" />
          {live.watchLive}
        </Link>
      ) : null}
      {startOver || !isLive ? (
        <Link
          to="/watch/$kind/$id"
          params={{ kind: "programme", id: programmeId }}
          ref={isLive ? undefined : first}
          className={isLive ? buttons.secondary : buttons.primary}
        >
          {isLive ? (
            <SkipBack aria-hidden="true" className="size-4 fill-current" />
          ) : (
            <Play aria-hidden="true" className="size-4 fill-current" />
          )}
          {isLive ? live.startOver : live.watchCatchUp}
        </Link>
      ) : null}
    </div>
  );
}
