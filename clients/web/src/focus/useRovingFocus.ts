import type { RefObject } from "react";
import { useEffect } from "react";

/**
 * Makes the cards of a rail one stop for the Tab key, and that stop the card that had the focus last. What else can be
 * done with that card is the next stop.
 */
export function useRovingFocus(rail: RefObject<HTMLElement | null>, count: number): void {
  useEffect(() => {
    const element = rail.current;
    if (!element) return;
    const cards = () => element.querySelectorAll<HTMLElement>("[data-card]");
    const offer = (chosen: Element | undefined) => {
      cards().forEach((card) => (card.tabIndex = card === chosen ? 0 : -1));
      element.querySelectorAll<HTMLElement>("[data-card-more]").forEach((more) => {
        more.tabIndex = chosen && more.closest("[data-item]")?.contains(chosen) ? 0 : -1;
      });
    };
    const followFocus = (event: FocusEvent) => {
      const target = event.target as Element;
      const card = target.closest("[data-card]") ?? target.closest("[data-item]")?.querySelector("[data-card]");
      if (card) offer(card);
    };
    offer([...cards()].find((card) => card.tabIndex === 0 && card.hasAttribute("tabindex")) ?? cards()[0]);
    element.addEventListener("focusin", followFocus);
    return () => element.removeEventListener("focusin", followFocus);
  }, [rail, count]);
}
