import { Art } from "../art/Art";
import { compose } from "../art/compose";
import { MOTIFS } from "../art/motifs";
import type { Profile } from "../gen/marquee/identity/v1/identity_pb";

/** The motifs of avatars whose name is not the name of a motif. */
const MOTIF_OF_AVATAR: Record<string, string> = {
  comet: "planet",
  kite: "diamond",
  lotus: "rose",
  owl: "bird",
  whale: "salmon",
};

/** A profile's picture, drawn in the same way as posters. */
export function Avatar({ profile, className }: { profile: Profile; className: string }) {
  const motif = MOTIF_OF_AVATAR[profile.avatar] ?? profile.avatar;
  const composed = compose({
    titleId: `${profile.avatar}/${profile.displayName}`,
    displayName: profile.displayName,
    genres: [{ genreId: "family" }],
    artwork: undefined,
  });
  const composition = { ...composed, anchor: "bottom" as const, motif: motif in MOTIFS ? motif : composed.motif };
  return (
    <span aria-hidden="true" className={`relative block overflow-hidden ${className}`}>
      <span className="absolute inset-x-0 -top-[6%] block h-[150%]">
        <Art composition={composition} />
      </span>
    </span>
  );
}
