import { memo, useMemo } from "react";

import type { Programme } from "../gen/marquee/epg/v1/epg_pb";
import { Backdrop } from "./Poster";

/** The wide picture of a programme, 16 : 9, drawn from its name if it has none. Airings of a name look the same. */
export const ProgrammePicture = memo(function ProgrammePicture({ programme }: { programme: Programme }) {
  const source = useMemo(
    () => ({
      titleId: programme.displayName,
      displayName: programme.displayName,
      genres: programme.genreIds.map((genreId) => ({ genreId })),
      artwork: undefined,
      images: programme.images,
    }),
    [programme],
  );
  return <Backdrop title={source} />;
});
