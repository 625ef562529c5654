interface CaptionProps {
  title: string;
  /** A short text below the title. */
  note: string;
  className?: string;
}

/** The title and a note below a picture, on as many lines as they need. Skeletons reserve its minimum height. */
export function Caption({ title, note, className = "" }: CaptionProps) {
  return (
    <div className={`min-h-17.5 pt-4 break-words ${className}`}>
      <p className="text-sm leading-5 font-medium">{title}</p>
      <p className="mt-0.5 text-xs leading-4.5 text-muted">{note}</p>
    </div>
  );
}
