import type { RefObject } from "react";
import { useEffect } from "react";

/**
 * Gives the cards of a rail one stop for the Tab key: the card that had the focus last. The button with more actions
 * for that card is the next stop.
 */
export function useRovingFocus(rail: RefObject<HTMLElement | null>, count: number): void {
  useEffect(() => {
    const element = rail.current;
    if (!element) return;
    const cards = () => element.querySelectorAll<HTMLElement>("[data-card]");
    const makeTabStop = (current: Element | undefined) => {
      cards().forEach((card) => (card.tabIndex = card === current ? 0 : -1));
      element.querySelectorAll<HTMLElement>("[data-card-more]").forEach((more) => {
        more.tabIndex = current && more.closest("[data-item]")?.contains(current) ? 0 : -1;
      });
    };
    const followFocus = (event: FocusEvent) => {
      const target = event.target as Element;
      const card = target.closest("[data-card]") ?? target.closest("[data-item]")?.querySelector("[data-card]");
      if (card) makeTabStop(card);
    };
    makeTabStop([...cards()].find((card) => card.tabIndex === 0 && card.hasAttribute("tabindex")) ?? cards()[0]);
    element.addEventListener("focusin", followFocus);
    return () => element.removeEventListener("focusin", followFocus);
  }, [rail, count]);
}
