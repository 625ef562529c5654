import { Captions, Settings2 } from "lucide-react";
import type { RefObject } from "react";

import { ChoiceMenu } from "../components/ChoiceMenu";
import { languageName } from "../format/title";
import { useStrings } from "../strings/useStrings";
import { ROUND_BUTTON } from "./controlButtons";
import type { Engine, EngineState } from "./engine";

interface TrackMenusProps {
  engine: RefObject<Engine | null>;
  engineState: EngineState;
  onOpenChange: (open: boolean) => void;
}

/** The menus of captions and of qualities. A menu with nothing to choose is left out. */
export function TrackMenus(props: TrackMenusProps) {
  return (
    <>
      <CaptionsMenu {...props} />
      <QualityMenu {...props} />
    </>
  );
}

function QualityMenu({ engine, engineState: { qualities, chosen, height }, onOpenChange }: TrackMenusProps) {
  const strings = useStrings();
  if (qualities.length < 2) return null;
  const autoLabel = height ? strings.player.autoNow(height) : strings.player.auto;
  return (
    <ChoiceMenu
      label={strings.player.quality}
      opens="above"
      align="right"
      chosen={chosen}
      choices={[
        { value: undefined, label: chosen === undefined ? autoLabel : strings.player.auto },
        ...qualities.map((quality) => ({ value: quality, label: `${quality}p` })),
      ]}
      onChoose={(quality) => engine.current?.chooseQuality(quality)}
      onOpenChange={onOpenChange}
      buttonClass={ROUND_BUTTON}
    >
      <Settings2 className="size-6" />
    </ChoiceMenu>
  );
}

function CaptionsMenu({ engine, engineState: { captions, caption }, onOpenChange }: TrackMenusProps) {
  const strings = useStrings();
  if (captions.length === 0) return null;
  return (
    <ChoiceMenu
      label={strings.player.captions}
      opens="above"
      align="right"
      chosen={caption}
      choices={[
        { value: undefined, label: strings.player.captionsOff },
        ...captions.map((language) => ({ value: language, label: languageName(language, strings) })),
      ]}
      onChoose={(language) => engine.current?.caption(language)}
      onOpenChange={onOpenChange}
      buttonClass={`${ROUND_BUTTON} ${caption ? "text-bulb" : ""}`}
    >
      <Captions className="size-6" />
    </ChoiceMenu>
  );
}
