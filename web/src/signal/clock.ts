/** Times as clocks show them: `0:00.003`, `12:34:56.789`, `2024-05-01T12:34:56.789Z`, `[12:34:56.789 01/05/2024]`. */

const DATE = "[\\d./-]+";
const CLOCK = new RegExp(
  `^\\[?\\s*(?:(?<before>${DATE})[T ])?(?:(?<h>\\d{1,4}):)?(?<m>\\d{1,4}):(?<s>\\d{1,2}(?:[.,]\\d+)?)` +
    `\\s*(?:Z|UTC|[+-]\\d{2}:?\\d{2})?(?: (?<after>${DATE}))?\\s*\\]?$`,
);
const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

export function isClock(cell: string): boolean {
  return CLOCK.test(cell);
}

export interface Reading {
  /** Seconds, from midnight or from the start; from 1970 where all cells have a date as ISO 8601 writes it. */
  seconds: number;
  /** A date that is not ISO's: such times can only be compared while it stays the same. */
  date: string;
  /** Seconds that the last digit stands for. */
  resolution: number;
}

/**
 * Reads one cell; `null` where it is no such time. An offset from UTC is not applied: it does not change within a file.
 */
export function readClock(cell: string): Reading | null {
  const { before, h = "0", m, s, after } = CLOCK.exec(cell)?.groups ?? {};
  if (m === undefined || s === undefined) return null;
  const second = s.replace(",", ".");
  const date = before ?? after ?? "";
  const [, year, month, day] = ISO_DATE.exec(date) ?? [];
  const days = year === undefined ? 0 : Date.UTC(Number(year), Number(month) - 1, Number(day)) / 1000;
  const decimals = second.split(".")[1]?.length ?? 0;
  return {
    seconds: days + 3600 * Number(h) + 60 * Number(m) + Number(second),
    date: year === undefined ? date : "",
    resolution: 10 ** -decimals,
  };
}
