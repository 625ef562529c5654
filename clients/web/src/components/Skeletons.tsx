/** A grey placeholder for content that is loading. */
export function Skeleton({ className }: { className: string }) {
  return <div aria-hidden="true" className={`animate-pulse rounded-lg bg-lifted ${className}`} />;
}

/** The grey placeholders for the posters of a row or a grid. */
export function PosterSkeletons({ count, className = "" }: { count: number; className?: string }) {
  return Array.from({ length: count }, (_, index) => (
    <Skeleton key={index} className={`aspect-2/3 shrink-0 ${className}`} />
  ));
}
