/** A grey place where something will stand in a moment. */
export function Skeleton({ className }: { className: string }) {
  return <div aria-hidden="true" className={`animate-pulse rounded-lg bg-lifted ${className}`} />;
}

/** As many grey posters as a row or a grid will hold. */
export function PosterSkeletons({ count, className = "" }: { count: number; className?: string }) {
  return Array.from({ length: count }, (_, index) => (
    <Skeleton key={index} className={`aspect-2/3 shrink-0 ${className}`} />
  ));
}
