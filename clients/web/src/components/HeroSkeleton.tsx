import { Skeleton } from "./Skeletons";

/** The room of a hero, whether it is there yet or not. */
export const HERO_STAGE = "min-h-[34rem] h-[78svh] max-h-[62rem]";

/** A hero that is being asked for. */
export function HeroSkeleton() {
  return (
    <div className={`gutter flex flex-col justify-end gap-4 pb-12 ${HERO_STAGE}`}>
      <Skeleton className="h-16 w-2/3 max-w-xl" />
      <Skeleton className="h-5 w-1/3 max-w-sm" />
      <Skeleton className="h-11 w-56 rounded-full" />
    </div>
  );
}
