interface CaptionProps {
  title: string;
  /** What is worth knowing beside the title. */
  note: string;
  className?: string;
}

/** What stands below a picture: the title and a note, in as many lines as they take. Skeletons keep its least height. */
export function Caption({ title, note, className = "" }: CaptionProps) {
  return (
    <div className={`min-h-17.5 pt-4 break-words ${className}`}>
      <p className="text-sm leading-5 font-medium">{title}</p>
      <p className="mt-0.5 text-xs leading-4.5 text-muted">{note}</p>
    </div>
  );
}
