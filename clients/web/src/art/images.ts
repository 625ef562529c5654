import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { ImageKind } from "../gen/marquee/type/v1/type_pb";

/** The address of a title's poster; undefined where it has none and one is drawn. */
export function posterOf({ images }: Pick<Title, "images">): string | undefined {
  return images.find((image) => image.kind === ImageKind.POSTER)?.uri;
}
