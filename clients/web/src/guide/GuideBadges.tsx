import type { Programme } from "../gen/marquee/epg/v1/epg_pb";
import { useStrings } from "../strings/useStrings";

const BADGE = "inline-block shrink-0 rounded px-1.5 text-[0.65rem] leading-4.5 font-semibold tracking-wide uppercase";

/** The badges of a programme that is live or was not shown before. */
export function GuideBadges({ programme }: { programme: Programme }) {
  const { guide } = useStrings();
  return (
    <>
      {programme.live ? <span className={`${BADGE} bg-danger text-ink`}>{guide.live}</span> : null}
      {programme.firstRun ? <span className={`${BADGE} bg-paper/15 text-paper`}>{guide.isNew}</span> : null}
    </>
  );
}
