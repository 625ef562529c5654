import type { Image } from "../gen/marquee/type/v1/type_pb";
import { ImageKind } from "../gen/marquee/type/v1/type_pb";

export type Images = readonly Image[];

/** Returns the URL of the first of these kinds that exists; undefined if none exists. The app then draws a picture. */
function imageOf(images: Images, ...kinds: ImageKind[]): string | undefined {
  return kinds.map((kind) => images.find((image) => image.kind === kind)?.uri).find(Boolean);
}

export const posterOf = (images: Images) => imageOf(images, ImageKind.POSTER);

export const logoOf = (images: Images) => imageOf(images, ImageKind.LOGO);

/** Returns the URL of a wide picture of a title, or of its poster if there is no wide picture. */
export const backdropOf = (images: Images) => imageOf(images, ImageKind.BACKDROP, ImageKind.STILL, ImageKind.POSTER);

/** Returns the URL of a wide picture of an episode. */
export const stillOf = (images: Images) => imageOf(images, ImageKind.STILL, ImageKind.BACKDROP);
