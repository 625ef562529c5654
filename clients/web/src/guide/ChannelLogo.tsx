import { useState } from "react";

import { ChannelMark } from "../art/ChannelMark";
import { logoOf } from "../art/images";
import type { Channel } from "../gen/marquee/epg/v1/epg_pb";

/** The logo of a channel, or a drawn mark if it has none or the picture cannot be loaded. */
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
  return (
    <span className={`block ${shape}`}>
      <ChannelMark displayName={channel.displayName} number={channel.number} genreId={channel.genreId} />
    </span>
  );
}
