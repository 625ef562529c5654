import type { JSX } from "react";
import { memo, useMemo } from "react";

import type { ChannelMarkDesign, ChannelMarkSource, Emblem } from "./channelDesign";
import { designMark } from "./channelDesign";
import type { Face, Palette } from "./compose";
import { MOTIFS } from "./motifs";
import { MotifShapes } from "./MotifShapes";
import { box, disc } from "./shapes";

const SIZE = 100;

const FACE_CLASSES: Record<Face, string> = {
  poster: "font-poster",
  display: "font-condensed font-extrabold",
  literary: "font-literary font-bold",
  classic: "font-classic font-bold",
  playful: "font-playful font-extrabold",
  plain: "font-sans font-extrabold",
};

/** The size of letters by their number. */
const LETTER_SIZES = [0, 64, 48, 38, 29];

/** The drawn mark of a channel, a square. Screen readers skip it, because the name of the channel is beside it. */
export const ChannelMark = memo(function ChannelMark(source: ChannelMarkSource) {
  const { displayName, number, genreId } = source;
  const design = useMemo(() => designMark({ displayName, number, genreId }), [displayName, number, genreId]);
  const { palette, emblem, motif, letters } = design;
  return (
    <svg viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true" className="block size-full">
      <rect width={SIZE} height={SIZE} fill={palette.ground} />
      {drawEmblem(emblem, palette)}
      {motif ? (
        <g transform="translate(16 16) scale(.68)">
          <MotifShapes shapes={MOTIFS[motif] ?? []} palette={palette} />
        </g>
      ) : null}
      {letters ? <Letters design={design} /> : null}
    </svg>
  );
});

/** The letters of a channel, or the number at the end of its name in the corner of a drawing. */
function Letters({ design: { palette, motif, letters, face } }: { design: ChannelMarkDesign }) {
  const size = LETTER_SIZES[Math.min(Array.from(letters).length, LETTER_SIZES.length - 1)];
  const [x, y, fontSize] = motif ? [82, 82, 26] : [50, 52, size];
  return (
    <>
      {motif ? <circle cx={x} cy={y} r={19} fill={palette.deep} /> : null}
      <text
        x={x}
        y={y}
        textAnchor="middle"
        dominantBaseline="central"
        fontSize={fontSize}
        fill={motif ? palette.pale : palette.ink}
        className={FACE_CLASSES[face]}
      >
        {letters}
      </text>
    </>
  );
}

function drawEmblem(emblem: Emblem, { shade, tint, accent, deep }: Palette): JSX.Element {
  switch (emblem) {
    case "disc":
      return <path d={disc(50, 50, 42)} fill={shade} />;
    case "ring":
      return <path d={disc(50, 50, 40)} fill="none" stroke={tint} strokeWidth={9} />;
    case "diamond":
      return <path d="M50 2L98 50L50 98L2 50Z" fill={shade} />;
    case "slash":
      return <path d="M0 100L58 0H100V32L62 100Z" fill={tint} />;
    case "arch":
      return <path d="M14 100V50a36 36 0 0 1 72 0V100Z" fill={shade} />;
    case "bars":
      return (
        <>
          <path d={box(0, 80, 100, 20)} fill={deep} />
          <path d={box(0, 74, 100, 6)} fill={accent} opacity={0.7} />
        </>
      );
    case "sunrise":
      return <path d="M0 100V68Q50 30 100 68V100Z" fill={tint} />;
    case "corner":
      return <path d="M0 0H74L0 74Z" fill={shade} />;
  }
}
