import { Link } from "@tanstack/react-router";
import { AlarmClock, CircleMinus, EyeOff, Info } from "lucide-react";
import type { ReactNode } from "react";

import { titleIdOf } from "../api/subjects";
import { useTitles } from "../api/titles";
import { ErrorMessage } from "../components/Messages";
import { Sheet } from "../components/Sheet";
import { Skeleton } from "../components/Skeletons";
import { facts } from "../format/title";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Item, Rail } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RailKind } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { ListButton, ThumbButtons } from "../feedback/FeedbackButtons";
import { SNOOZE_OPTIONS, snoozeUntil } from "../feedback/snooze";
import { useDismissing } from "../feedback/useDismissing";
import { useHiding } from "../feedback/useHiding";
import { useStrings } from "../strings/useStrings";
import { useSignalMutations } from "../taste/useSignalMutations";
import { WhyThis } from "./WhyThis";

const ACTION_CLASSES =
  "flex min-h-12 items-center gap-3.5 rounded-xl px-3 text-left text-paper/90 transition-colors hover:bg-paper/8";

interface ItemSheetProps {
  item: Item;
  /** The rail that contains the item; undefined for the hero and on the page of a title. */
  rail?: Rail | undefined;
  decisionId: string;
  onClose: () => void;
}

/** A sheet with the actions for a recommended title and the explanation of the recommendation. */
export function ItemSheet(props: ItemSheetProps) {
  const strings = useStrings();
  const titleId = titleIdOf(props.item.subject);
  const { byId, error, retry } = useTitles([titleId]);
  const title = byId.get(titleId);
  return (
    <Sheet label={title?.displayName ?? strings.loading} onClose={props.onClose}>
      {error ? <ErrorMessage error={error} retry={retry} /> : null}
      {title ? <SheetContent {...props} title={title} /> : <Skeleton className="h-40" />}
    </Sheet>
  );
}

function SheetContent({ item, rail, decisionId, onClose, title }: ItemSheetProps & { title: Title }) {
  const strings = useStrings();
  const hide = useHiding(title.titleId, title.displayName);
  const dismiss = useDismissing(title.titleId, rail?.railId ?? "", title.displayName);
  const { pause } = useSignalMutations();
  const thenClose = (action: () => void) => () => {
    action();
    onClose();
  };
  return (
    <div className="flex flex-col gap-5">
      <div className="pr-10">
        <h2 className="font-literary text-2xl font-semibold text-balance">{title.displayName}</h2>
        <p className="mt-1 text-sm text-muted">
          {[...facts(title, strings), title.genres[0]?.displayName].filter(Boolean).join(" · ")}
        </p>
        {item.explanation?.sentence ? <p className="mt-3 text-paper/90">{item.explanation.sentence}</p> : null}
      </div>
      <div className="flex flex-wrap gap-2.5">
        <ThumbButtons titleId={title.titleId} />
        <ListButton title={title} />
      </div>
      <div className="-mx-3 flex flex-col">
        <Link
          to="/title/$titleId"
          params={{ titleId: title.titleId }}
          state={{ decisionId }}
          className={ACTION_CLASSES}
          onClick={onClose}
        >
          <Info aria-hidden="true" className="size-5 text-muted" />
          {strings.item.details}
        </Link>
        {rail?.kind === RailKind.CONTINUE_WATCHING ? (
          <>
            <SnoozeActions onSnooze={(until) => thenClose(() => dismiss(until))()} />
            <ActionButton
              icon={<CircleMinus aria-hidden="true" className="size-5" />}
              onClick={thenClose(() => dismiss())}
            >
              {strings.feedback.dismiss}
            </ActionButton>
          </>
        ) : null}
        <ActionButton icon={<EyeOff aria-hidden="true" className="size-5" />} onClick={thenClose(hide)}>
          {strings.feedback.hide}
        </ActionButton>
      </div>
      {item.explanation ? (
        <WhyThis explanation={item.explanation} onNotBecause={(signal) => thenClose(() => pause.mutate(signal))()} />
      ) : null}
    </div>
  );
}

/** Buttons that remove a title from its rail until one of several days. */
function SnoozeActions({ onSnooze }: { onSnooze: (until: Date) => void }) {
  const { feedback } = useStrings();
  return (
    <div
      role="group"
      aria-label={feedback.snoozeUntil}
      className="flex flex-wrap items-center gap-x-3.5 gap-y-2 px-3 pt-1 pb-2.5"
    >
      <AlarmClock aria-hidden="true" className="size-5 text-muted" />
      <span className="py-2 text-paper/90">{feedback.snoozeUntil}</span>
      <span className="flex flex-wrap gap-2">
        {SNOOZE_OPTIONS.map((option) => (
          <button
            key={option}
            type="button"
            className="inline-flex min-h-11 items-center rounded-full border border-line px-3.5 text-sm text-paper/90 transition-colors hover:border-muted"
            onClick={() => onSnooze(snoozeUntil(option, new Date()))}
          >
            {feedback.snoozeTo[option]}
          </button>
        ))}
      </span>
    </div>
  );
}

function ActionButton({ icon, children, onClick }: { icon: ReactNode; children: string; onClick: () => void }) {
  return (
    <button type="button" className={ACTION_CLASSES} onClick={onClick}>
      <span className="text-muted">{icon}</span>
      {children}
    </button>
  );
}
