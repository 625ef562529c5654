import { CalendarDays, ChevronDown } from "lucide-react";

import { ChoiceMenu } from "../components/ChoiceMenu";
import { FILTER } from "../components/FilterMenu";
import { useStrings } from "../strings/useStrings";
import type { Span } from "./guideTime";
import { daysOf, startOfDay } from "./guideTime";
import { dayLabel } from "./labels";

interface DayMenuProps {
  span: Span;
  /** A time of the day that is shown. */
  shown: number;
  now: number;
  onChoose: (day: number) => void;
}

/** The menu of the days of the guide. */
export function DayMenu({ span, shown, now, onChoose }: DayMenuProps) {
  const strings = useStrings();
  const current = dayLabel(shown, now, strings);
  return (
    <ChoiceMenu
      label={`${strings.guide.day}: ${current}`}
      choices={daysOf(span).map((day) => ({ value: day, label: dayLabel(day, now, strings) }))}
      chosen={startOfDay(shown)}
      onChoose={onChoose}
      buttonClass={`${FILTER} whitespace-nowrap`}
    >
      <CalendarDays aria-hidden="true" className="size-4 text-muted" />
      {current}
      <ChevronDown aria-hidden="true" className="size-4" />
    </ChoiceMenu>
  );
}
