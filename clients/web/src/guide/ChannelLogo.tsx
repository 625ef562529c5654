import { useState } from "react";

import { logoOf } from "../art/images";
import type { Channel } from "../gen/marquee/epg/v1/epg_pb";

const COLOURS = ["#3d5a80", "#7a3e65", "#3f6b4f", "#8a4b2d", "#54478c", "#2f6f77", "#7d5a1f", "#5c3c4c"];

/** The logo of a channel, or its initials if it has none or the picture cannot be loaded. */
export function ChannelLogo({ channel, className = "" }: { channel: Channel; className?: string }) {
  const [brokenUri, setBrokenUri] = useState<string>();
  const uri = logoOf(channel.images);
  const shape = `shrink-0 overflow-hidden rounded-lg ${className}`;
  if (uri && uri !== brokenUri) {
    const onError = () => setBrokenUri(uri);
    return (
      <img src={uri} alt="" className={`${shape} bg-lifted object-contain p-1`} loading="lazy" onError={onError} />
    );
  }
  const colour = COLOURS[channel.displayName.length % COLOURS.length];
  return (
    <span
      aria-hidden="true"
      className={`grid place-items-center text-sm font-bold tracking-wide text-paper ${shape}`}
      style={{ backgroundColor: colour }}
    >
      {initialsOf(channel.displayName)}
    </span>
  );
}

/** Returns up to two initials of a name: `NR` for `North Radio`, `Q` for `Quiz`. */
function initialsOf(name: string): string {
  const words = name.split(/[\s-]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  return words
    .slice(0, 2)
    .map((word) => String.fromCodePoint(word.codePointAt(0) ?? 0).toUpperCase())
    .join("");
}
