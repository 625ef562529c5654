import { Skeleton } from "./Skeletons";

/** The CSS classes for the height of a hero, both while it loads and afterwards. */
export const HERO_STAGE = "min-h-[34rem] h-[78svh] max-h-[62rem]";

/** The placeholder of a hero that is loading. */
export function HeroSkeleton() {
  return (
    <div className={`gutter flex flex-col justify-end gap-4 pb-12 ${HERO_STAGE}`}>
      <Skeleton className="h-16 w-2/3 max-w-xl" />
      <Skeleton className="h-5 w-1/3 max-w-sm" />
      <Skeleton className="h-11 w-56 rounded-full" />
    </div>
  );
}
