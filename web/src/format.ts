/** Numbers for people, in the page's language: bytes, seconds, counts. One decimal where it helps, none where it does not. */

import { language } from "./language";

const MINUS = "−";

const formats = new Map<string, Intl.NumberFormat>();

/** Without separators between thousands, which some would read as decimals. */
function number(value: number, options: Intl.NumberFormatOptions): string {
  const key = JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.NumberFormat(language, { useGrouping: false, ...options });
  formats.set(key, format);
  return format.format(value).replace("-", MINUS);
}

function decimals(value: number, digits: number): string {
  return number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `1.4 MB`, decimal units. */
export function bytes(count: number): string {
  if (count < 1000) return `${count}\u00a0B`;
  const units = ["kB", "MB", "GB"];
  let value = count / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${decimals(value, value < 100 ? 1 : 0)}\u00a0${units[unit]}`;
}

/** `0.42 s`, `12.3 s`, `2 min 5 s`. */
export function seconds(value: number): string {
  if (value < 0.0005) return "0\u00a0ms";
  if (value < 0.1) return `${decimals(value * 1000, 0)}\u00a0ms`;
  if (value < 10) return `${decimals(value, 2)}\u00a0s`;
  if (value < 60) return `${decimals(value, 1)}\u00a0s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)}\u00a0min ${whole % 60}\u00a0s`;
}

/** A time that is not known well: `1 s`, `20 s`, `3 min`. */
export function roughly(value: number): string {
  const whole = Math.max(1, Math.round(value));
  if (whole < 90) return `${whole > 20 ? 5 * Math.round(whole / 5) : whole}\u00a0s`;
  return `${Math.round(whole / 60)}\u00a0min`;
}

/** `97.4 %`, at most one decimal. */
export function percent(fraction: number): string {
  return `${number(fraction * 100, { maximumFractionDigits: 1 })}\u00a0%`;
}

/** A score: it is never none or all, whatever rounding makes of it. */
export function score(fraction: number): string {
  if (fraction < 0.0005) return `<\u00a0${percent(0.001)}`;
  return fraction >= 0.9995 ? `>\u00a0${percent(0.999)}` : percent(fraction);
}

/** "a, b and c". */
export function listed(parts: string[]): string {
  // American lists have another comma.
  return new Intl.ListFormat(language === "en" ? "en-GB" : language, { type: "conjunction" }).format(parts);
}

/** The name of a language, in the page's. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(language, { type: "language" }).of(tag) ?? tag;
  } catch {
    // The tag is the card's, and may be none.
    return tag;
  }
}

/** A signed integer with a true minus sign, digits alone. */
export function integer(value: number | bigint): string {
  const text = value.toString();
  return text.startsWith("-") ? MINUS + text.slice(1) : text;
}

/** A real number, at most `digits` significant digits, without exponents. */
export function real(value: number, digits = 6): string {
  return number(value, { maximumSignificantDigits: digits });
}

/** A number as a person would type it, to its last digit. */
export function entry(value: number): string {
  const point = decimals(0.5, 1).charAt(1);
  return String(value).replace(".", point);
}

/** A count with thin spaces between thousands, which are read alike in all languages. */
export function count(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
