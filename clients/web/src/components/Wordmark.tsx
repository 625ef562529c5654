import { useStrings } from "../strings/useStrings";

/** The brand name, set as a logo. */
export function Wordmark({ className = "" }: { className?: string }) {
  const strings = useStrings();
  return (
    <span className={`font-condensed font-black tracking-[0.08em] text-bulb uppercase ${className}`}>
      {strings.brand}
    </span>
  );
}
