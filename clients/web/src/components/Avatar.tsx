import { Art } from "../art/Art";
import { compose } from "../art/compose";
import { MOTIFS } from "../art/motifs";
import type { Profile } from "../gen/marquee/identity/v1/identity_pb";

/** Avatars that go by another word than the shape they are drawn with. */
const SHAPES: Record<string, string> = {
  comet: "planet",
  kite: "diamond",
  lotus: "rose",
  owl: "bird",
  whale: "salmon",
};

/** A profile's picture, drawn as posters are. */
export function Avatar({ profile, className }: { profile: Profile; className: string }) {
  const named = SHAPES[profile.avatar] ?? profile.avatar;
  const drawn = compose({
    titleId: `${profile.avatar}/${profile.displayName}`,
    displayName: profile.displayName,
    genres: [{ genreId: "family" }],
    artwork: undefined,
  });
  const composition = { ...drawn, anchor: "bottom" as const, motif: named in MOTIFS ? named : drawn.motif };
  return (
    <span aria-hidden="true" className={`relative block overflow-hidden ${className}`}>
      <span className="absolute inset-x-0 -top-[6%] block h-[150%]">
        <Art composition={composition} />
      </span>
    </span>
  );
}
