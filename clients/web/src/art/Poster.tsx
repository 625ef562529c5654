import { memo, useMemo } from "react";

import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { Art } from "./Art";
import type { ArtSource, Face } from "./compose";
import { compose, titleSize } from "./compose";
import type { Images } from "./images";
import { backdropOf, posterOf, stillOf } from "./images";

/** The CSS classes of each face. */
const FACE_CLASSES: Record<Face, string> = {
  poster: "font-poster uppercase leading-[1.02] tracking-[0.01em]",
  display: "font-condensed font-extrabold uppercase leading-[0.9]",
  literary: "font-literary font-semibold leading-[1.02] tracking-[-0.02em]",
  classic: "font-classic font-bold leading-[1.06]",
  playful: "font-playful font-extrabold leading-[0.98] tracking-[-0.02em]",
  plain: "font-sans font-extrabold leading-[1.02] tracking-[-0.035em]",
};

/** A title's poster, 2 : 3. Screen readers skip it, because the element around it contains the name. */
export const Poster = memo(function Poster({ title }: { title: ArtSource & Pick<Title, "images"> }) {
  const composition = useMemo(() => compose(title), [title]);
  const imageUrl = posterOf(title.images);
  if (imageUrl) return <Picture uri={imageUrl} />;
  const { palette, anchor, align, face } = composition;
  const gradientDirection = anchor === "bottom" ? "to top" : "to bottom";
  return (
    <div aria-hidden="true" className="poster-grain @container absolute inset-0 overflow-hidden">
      <Art composition={composition} />
      <div
        className={`absolute inset-x-0 flex flex-col px-[7cqw] ${anchor === "bottom" ? "bottom-0 pt-[38cqw] pb-[8cqw]" : "top-0 pt-[8cqw] pb-[30cqw]"} ${align === "centre" ? "items-center text-center" : ""}`}
        style={{
          color: palette.ink,
          background: `linear-gradient(${gradientDirection}, ${palette.ground} 45%, ${palette.ground}d9 62%, transparent)`,
        }}
      >
        <span
          className={`text-balance hyphens-auto ${FACE_CLASSES[face]}`}
          style={{ fontSize: `${titleSize(title.displayName, face).toFixed(2)}cqw` }}
        >
          {title.displayName}
        </span>
      </div>
    </div>
  );
});

interface BackdropProps {
  title: ArtSource & Pick<Title, "images">;
  /** The id of the episode that the picture shows; empty for the title itself. */
  scene?: string;
  /** The images of that episode. */
  sceneImages?: Images;
}

/** A title's wide picture, 16 : 9, without text. */
export const Backdrop = memo(function Backdrop({ title, scene = "", sceneImages = [] }: BackdropProps) {
  const composition = useMemo(() => {
    const ofTitle = compose(title);
    if (!scene) return ofTitle;
    // Each episode has its own background and tilt. It has the colours and the motif of its series.
    const ofEpisode = compose({ ...title, titleId: `${title.titleId}/${scene}` });
    return { ...ofTitle, background: ofEpisode.background, tilt: ofEpisode.tilt, seed: ofEpisode.seed };
  }, [title, scene]);
  const imageUrl = stillOf(sceneImages) ?? backdropOf(title.images);
  if (imageUrl) return <Picture uri={imageUrl} />;
  return (
    <div aria-hidden="true" className="poster-grain absolute inset-0 overflow-hidden">
      <Art composition={composition} wide />
    </div>
  );
});

function Picture({ uri }: { uri: string }) {
  return <img src={uri} alt="" loading="lazy" className="absolute inset-0 size-full object-cover" />;
}
