import { Link } from "@tanstack/react-router";
import { Languages, Pause, Play, Shapes, Trash2 } from "lucide-react";

import { titleIdOf } from "../api/subjects";
import { Backdrop } from "../art/Poster";
import { day } from "../format/time";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { TasteSignal } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { TasteSignalKind } from "../gen/marquee/recommendation/v1/recommendation_pb";
import type { Strings } from "../strings";
import { useStrings } from "../strings/useStrings";
import { wordsOf } from "./labels";
import type { useSignalMutations } from "./useSignalMutations";

interface SignalRowProps {
  signal: TasteSignal;
  title: Title | undefined;
  /** The largest absolute weight in the list; that signal has the longest bar. */
  maxWeight: number;
  mutations: ReturnType<typeof useSignalMutations>;
}

const ROUND =
  "inline-flex min-h-11 items-center gap-2 rounded-full px-3.5 text-sm text-muted transition-colors hover:bg-paper/10 hover:text-paper disabled:opacity-50";

/** One signal: its subject, its weight, and buttons that pause, resume or forget it. */
export function SignalRow({ signal, title, maxWeight, mutations }: SignalRowProps) {
  const strings = useStrings();
  const words = strings.taste;
  const label = labelOf(signal, strings);
  const labelledSignal = { signalId: signal.signalId, titleId: titleIdOf(signal.subject), label };
  const busy = Object.values(mutations).some((each) => each.isPending && each.variables.signalId === signal.signalId);
  const toggle = signal.paused ? mutations.resume : mutations.pause;
  const Icon = signal.paused ? Play : Pause;
  return (
    <li
      data-item={signal.signalId}
      className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-4 gap-y-2 border-b border-line/60 py-3.5 sm:grid-cols-[auto_minmax(0,1fr)_11rem_auto] sm:gap-x-6"
    >
      <SignalPicture signal={signal} title={title} />
      <div className={`min-w-0 ${signal.paused ? "text-muted" : ""}`}>
        {title ? (
          <Link
            to="/title/$titleId"
            params={{ titleId: title.titleId }}
            className="block rounded font-medium hover:text-bulb-soft"
          >
            {label}
          </Link>
        ) : (
          <p className="font-medium">{label}</p>
        )}
        <p className="mt-0.5 text-sm text-muted">{describeSignal(signal, strings)}</p>
      </div>
      <Weight signal={signal} maxWeight={maxWeight} />
      <div className="-mx-2 flex justify-end max-sm:col-span-2">
        <button
          type="button"
          data-card=""
          disabled={busy}
          aria-label={signal.paused ? words.resumeOf(label) : words.pauseOf(label)}
          className={ROUND}
          onClick={() => toggle.mutate(labelledSignal)}
        >
          <Icon aria-hidden="true" className="size-4" />
          {signal.paused ? words.resume : words.pause}
        </button>
        <button
          type="button"
          disabled={busy}
          aria-label={words.forgetOf(label)}
          className={ROUND}
          onClick={() => mutations.forget.mutate(labelledSignal)}
        >
          <Trash2 aria-hidden="true" className="size-4" />
          {words.forget}
        </button>
      </div>
    </li>
  );
}

function SignalPicture({ signal, title }: Pick<SignalRowProps, "signal" | "title">) {
  const Icon = signal.kind === TasteSignalKind.LANGUAGE ? Languages : Shapes;
  return (
    <span className="relative grid aspect-video w-20 place-items-center overflow-hidden rounded-md bg-lifted text-muted sm:w-24">
      {title ? <Backdrop title={title} /> : <Icon aria-hidden="true" className="size-5" />}
    </span>
  );
}

/** The weight as a bar: a positive weight extends to the right, a negative one to the left. */
function Weight({ signal, maxWeight }: Pick<SignalRowProps, "signal" | "maxWeight">) {
  const { taste: words } = useStrings();
  const share = (Math.abs(signal.weight) / maxWeight) * 50;
  const isNegative = signal.weight < 0;
  return (
    <div className="max-sm:col-span-2">
      <div aria-hidden="true" className="relative h-2 overflow-hidden rounded-full bg-paper/10">
        <span className="absolute inset-y-0 left-1/2 w-px bg-paper/35" />
        <span
          className={`absolute inset-y-0 rounded-full ${isNegative ? "right-1/2 bg-danger" : "left-1/2 bg-bulb"}`}
          style={{ width: `${share.toFixed(1)}%` }}
        />
      </div>
      <p className="mt-1 text-xs text-muted tabular-nums">
        {signal.paused ? words.paused : words.weight(signal.weight)}
      </p>
    </div>
  );
}

/** Returns the name of the signal's subject. */
function labelOf(signal: TasteSignal, strings: Strings): string {
  if (signal.kind === TasteSignalKind.LANGUAGE) return wordsOf(signal.signalId, strings);
  return signal.displayName || strings.history.gone;
}

/** Returns what the viewer did, and when. */
function describeSignal({ kind, weight, paused, signalTime }: TasteSignal, strings: Strings): string {
  const isRated = kind === TasteSignalKind.RATED && !paused;
  const action = isRated ? (weight < 0 ? strings.taste.disliked : strings.taste.liked) : strings.taste.did[kind];
  return [action, signalTime ? day(signalTime, strings.language) : ""].filter(Boolean).join(" · ");
}
