import { useStrings } from "../strings/useStrings";
import { buttons } from "./buttons";

interface MoreButtonProps {
  list: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    fetchNextPage: () => unknown;
  };
}

/** Loads the next page of a list. Renders nothing at the end of the list. */
export function MoreButton({ list }: MoreButtonProps) {
  const strings = useStrings();
  if (!list.hasNextPage) return null;
  return (
    <div className="grid place-items-center py-10">
      <button
        type="button"
        className={buttons.secondary}
        disabled={list.isFetchingNextPage}
        onClick={() => void list.fetchNextPage()}
      >
        {list.isFetchNextPageError ? strings.retry : strings.browse.more}
      </button>
    </div>
  );
}
