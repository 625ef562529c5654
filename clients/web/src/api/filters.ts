import { useQuery } from "@connectrpc/connect-query";

import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";

/** Returns the values that titles can be filtered by. */
export function useFilters() {
  return useQuery(CatalogService.method.getFilters, {}, { staleTime: 600_000 });
}

/** Returns the name of a genre; undefined until it is loaded, and for a genre that no title has. */
export function useGenreName(genreId: string | undefined): string | undefined {
  return useFilters().data?.genres.find((genre) => genre.value === genreId)?.displayName;
}
