import type { Money } from "../gen/marquee/type/v1/type_pb";

/** Returns an amount with its currency: `12.99 EUR`. */
export function money(amount: Money, language: string): string {
  const currency = amount.currencyCode || "EUR";
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat(language, {
    style: "currency",
    currency,
  }).resolvedOptions();
  const units = Number(amount.minorUnits) / 10 ** digits;
  const figures = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${figures.format(units)} ${currency}`;
}
