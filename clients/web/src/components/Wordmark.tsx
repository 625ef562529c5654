import { useStrings } from "../strings/useStrings";

/** The name over the door, its bulbs lit. */
export function Wordmark({ className = "" }: { className?: string }) {
  const strings = useStrings();
  return (
    <span className={`font-condensed font-black tracking-[0.08em] text-bulb uppercase ${className}`}>
      {strings.brand}
    </span>
  );
}
