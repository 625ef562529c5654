/** A bar that shows how much was watched. Screen readers skip it, because the text beside it says the same. */
export function ProgressBar({ share, className = "" }: { share: number; className?: string }) {
  if (share <= 0) return null;
  return (
    <div aria-hidden="true" className={`h-1 overflow-hidden bg-paper/30 ${className}`}>
      <div className="h-full bg-bulb" style={{ width: `${(share * 100).toFixed(1)}%` }} />
    </div>
  );
}
