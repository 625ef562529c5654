import { useStrings } from "../strings/useStrings";

/** Says that a part of the guide is missing, and offers a button that loads it again. */
export function GuideNotice({ retry }: { retry: () => unknown }) {
  const strings = useStrings();
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-x-2 text-sm text-muted">
      <p role="status">{strings.guide.someNotLoaded}</p>
      <button
        type="button"
        className="inline-flex min-h-11 items-center rounded-full px-3 font-semibold text-bulb transition-colors hover:bg-bulb/15"
        onClick={() => void retry()}
      >
        {strings.retry}
      </button>
    </div>
  );
}
