import { ChevronDown } from "lucide-react";

import type { FilterValue } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { useStrings } from "../strings/useStrings";
import type { Choice } from "./ChoiceMenu";
import { ChoiceMenu } from "./ChoiceMenu";

const SHAPE = "inline-flex min-h-10 items-center gap-1.5 rounded-full border px-4 text-sm transition-colors";

/** The CSS classes of a filter's button, and of the button of a filter that is set. */
export const FILTER = `${SHAPE} border-line text-paper/90 hover:border-muted`;
export const FILTER_SET = `${SHAPE} border-bulb/70 bg-bulb/12 text-bulb-soft hover:border-bulb`;

interface FilterMenuProps {
  label: string;
  chosen: string | undefined;
  values: Choice<string | undefined>[];
  onChoose: (value: string | undefined) => void;
}

/** The menu of one filter, with its values. */
export function FilterMenu({ label, chosen, values, onChoose }: FilterMenuProps) {
  const strings = useStrings();
  const current = values.find((choice) => choice.value === chosen)?.label ?? chosen;
  return (
    <ChoiceMenu
      label={current ? `${label}: ${current}` : label}
      choices={[{ value: undefined, label: strings.browse.any }, ...values]}
      chosen={chosen}
      onChoose={onChoose}
      buttonClass={chosen ? FILTER_SET : FILTER}
    >
      {current ?? label}
      <ChevronDown aria-hidden="true" className="size-4" />
    </ChoiceMenu>
  );
}

/** Returns a filter's values as choices with title counts. `name` labels values that the platform does not name. */
export function filterChoices(
  values: readonly FilterValue[] = [],
  name = (value: string) => value,
): Choice<string | undefined>[] {
  return values.map(({ value, displayName, titleCount }) => ({
    value,
    label: displayName || name(value),
    note: String(titleCount),
  }));
}
