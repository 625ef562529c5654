/** How much was seen, as a line. Says nothing to a screen reader: the words beside it do. */
export function ProgressBar({ share, className = "" }: { share: number; className?: string }) {
  if (share <= 0) return null;
  return (
    <div aria-hidden="true" className={`h-1 overflow-hidden bg-paper/30 ${className}`}>
      <div className="h-full bg-bulb" style={{ width: `${(share * 100).toFixed(1)}%` }} />
    </div>
  );
}
