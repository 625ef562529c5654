import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { useStrings } from "../strings/useStrings";
import { ChannelLogo } from "./ChannelLogo";

interface ChannelPickerProps {
  channels: readonly Channel[];
  chosen: Channel | undefined;
}

/** The channels with catch-up: a column of links beside the programmes, on a phone a line above them. */
export function ChannelPicker({ channels, chosen }: ChannelPickerProps) {
  const { guide } = useStrings();
  const list = useRef<HTMLUListElement>(null);
  const chosenId = chosen?.channelId;
  const firstChosenId = useRef(chosenId);
  useEffect(() => {
    // The channel in the address is in sight when the page opens; later choices move nothing.
    if (firstChosenId.current !== chosenId) return;
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [chosenId]);
  return (
    <nav aria-label={guide.channels} className="min-w-0 lg:sticky lg:top-20 lg:self-start">
      <ul
        ref={list}
        className="no-scrollbar -mx-2 flex gap-1 overflow-x-auto overscroll-x-contain p-1 lg:max-h-[calc(100dvh-6rem)] lg:flex-col lg:overflow-y-auto lg:overscroll-y-contain"
      >
        {channels.map((channel) => (
          <li
            key={channel.channelId}
            className="shrink-0 [contain-intrinsic-size:auto_3.5rem] lg:[content-visibility:auto]"
          >
            <Link
              to="/catch-up"
              search={({ day }) => ({ channel: channel.channelId, ...(day ? { day } : {}) })}
              replace
              resetScroll={false}
              aria-current={channel.channelId === chosenId || undefined}
              className={`flex w-21 flex-col items-center gap-1.5 rounded-xl p-2 text-center text-xs transition-colors hover:bg-paper/8 focus-visible:outline-offset-[-3px] lg:w-full lg:flex-row lg:gap-3 lg:text-left lg:text-sm ${channel.channelId === chosenId ? "bg-lifted text-paper" : "text-muted"}`}
            >
              <ChannelLogo channel={channel} className="size-10" />
              <span className="line-clamp-2 min-w-0 leading-tight font-medium break-words">{channel.displayName}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
