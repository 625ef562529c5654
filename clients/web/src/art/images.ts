import type { Image } from "../gen/marquee/type/v1/type_pb";
import { ImageKind } from "../gen/marquee/type/v1/type_pb";

export type Images = readonly Image[];

/** Returns the address of the first of these kinds that there is; undefined if a picture is to be drawn instead. */
function imageOf(images: Images, ...kinds: ImageKind[]): string | undefined {
  return kinds.map((kind) => images.find((image) => image.kind === kind)?.uri).find(Boolean);
}

export const posterOf = (images: Images) => imageOf(images, ImageKind.POSTER);

export const logoOf = (images: Images) => imageOf(images, ImageKind.LOGO);

/** A wide picture of a title. A poster is better than nothing: it is of this title. */
export const backdropOf = (images: Images) => imageOf(images, ImageKind.BACKDROP, ImageKind.STILL, ImageKind.POSTER);

/** A wide picture of an episode. */
export const stillOf = (images: Images) => imageOf(images, ImageKind.STILL, ImageKind.BACKDROP);
