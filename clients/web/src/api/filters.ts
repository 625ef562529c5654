import { useQuery } from "@connectrpc/connect-query";

import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";

/** What titles can be filtered by. */
export function useFilters() {
  return useQuery(CatalogService.method.getFilters, {}, { staleTime: 600_000 });
}

/** The name of a genre; undefined until it is known, and for a genre that no title has. */
export function useGenreName(genreId: string | undefined): string | undefined {
  return useFilters().data?.genres.find((genre) => genre.value === genreId)?.displayName;
}
