import { useStrings } from "../strings/useStrings";
import type { Zapping } from "./useZapping";

/** The digits of a channel number while they are typed, and the channel with that number. */
export function ChannelNumber({ digits, numbered }: Pick<Zapping, "digits" | "numbered">) {
  const { live } = useStrings();
  if (!digits) return null;
  return (
    <div
      role="status"
      aria-label={live.channelNumber}
      className="pointer-events-none absolute top-4 right-4 z-20 rounded-2xl bg-ink/85 px-5 py-3 text-right sm:top-8 sm:right-8"
    >
      <p className="text-4xl font-bold tabular-nums sm:text-5xl">{digits}</p>
      <p className="text-sm text-paper/85">{numbered?.displayName ?? live.noChannel(digits)}</p>
    </div>
  );
}
