/**
 * Units of a signal: what the file says, what they are in millivolts, and whether an electrocardiogram can be that
 * large.
 */

export type Voltage = "V" | "mV" | "µV" | "nV";
/** Counts of an analog-to-digital converter, which are volts only with its gain and zero. */
export type Unit = Voltage | "counts";

const MILLIVOLTS: Record<Voltage, number> = { V: 1000, mV: 1, µV: 1e-3, nV: 1e-6 };
const WORDS: [RegExp, Unit][] = [
  [/^(v|volts?)$/, "V"],
  [/^(mv|millivolts?)$/, "mV"],
  [/^([uµμ]v|microvolts?)$/, "µV"],
  [/^(nv|nanovolts?)$/, "nV"],
  [/^(adc|adu|adus?|nu|raw|counts?|digital|digits|lsb|bits?)$/, "counts"],
];
/** Units of anything else; forms of a clock as PhysioBank writes them, `hh:mm:ss.mmm`; intervals. */
const OTHER =
  /^(s|secs?|seconds?|ms|msec|milliseconds?|[uµμ]s|microseconds?|min|minutes?|hz|bpm|mmhg|%|[hmsdy:./\s[\]()-]+|.*interval.*)$/i;

/** Millivolts of the middle 99 % of an electrocardiogram's values, least and most: generous, to tell units apart. */
const PLAUSIBLE = { min: 0.1, max: 20 };

/** The unit that a word stands for. */
export function unitOf(word: string): Unit | null {
  const bare = word
    .trim()
    .replace(/^[[(]\s*(.*?)\s*[\])]$/, "$1")
    .toLowerCase();
  return WORDS.find(([pattern]) => pattern.test(bare))?.[1] ?? null;
}

/** Whether a cell below a name is a unit, of whatever. */
export function isUnit(cell: string): boolean {
  return unitOf(cell) !== null || OTHER.test(cell.trim().replace(/^[[(]\s*(.*?)\s*[\])]$/, "$1"));
}

/**
 * The unit in a column's name: in brackets, after a stroke or a low line, or as its last word. A `V` that stands alone
 * or after a blank is none: it may be a lead.
 */
export function unitInName(name: string): Unit | null {
  const bracket = /[[(]([^\])]*)[\])]\s*$/.exec(name)?.[1];
  if (bracket !== undefined) return unitOf(bracket);
  const [, mark = "", word = ""] = /(^|[\s_/,:-])([^\s_/,:-]+)$/.exec(name.trim()) ?? [];
  const unit = unitOf(word);
  return unit === "V" && !/volt/i.test(word) && mark !== "_" && mark !== "/" ? null : unit;
}

/** "Unit", in the languages of recorders. */
export const UNIT_WORDS = "units?|einheit|unité|unidade?|unità|eenheid|enhet|enhed|yksikkö|jednostka|jednotka|единица|単位|单位|單位";
const UNIT_LINE = new RegExp(`(?:^|[^\\p{L}])(?:${UNIT_WORDS})["']?\\s*[,;:=\\t ]\\s*["']?([^\\s,;"']+)`, "iu");

/** The unit that a line above the table names, as in `Unit,µV`. */
export function unitInRemarks(remarks: string[]): Unit | null {
  const found = remarks.flatMap((remark) => unitOf(UNIT_LINE.exec(remark)?.[1] ?? "") ?? []);
  return found.length > 0 && found.every((unit) => unit === found[0]) ? found[0]! : null;
}

export function isVoltage(unit: string | null): unit is Voltage {
  return unit !== null && unit in MILLIVOLTS;
}

/** What one `from` is in `to`. */
export function ratio(from: Voltage, to: Voltage): number {
  // One of the two divisions is exact, and so is the product.
  return MILLIVOLTS[from] >= MILLIVOLTS[to]
    ? Math.round(MILLIVOLTS[from] / MILLIVOLTS[to])
    : 1 / Math.round(MILLIVOLTS[to] / MILLIVOLTS[from]);
}

/** Largest less smallest of the middle 99 % of the values that are there. */
export function spread(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (sorted.length === 0) return 0;
  const cut = Math.floor(sorted.length * 0.005);
  return sorted[sorted.length - 1 - cut]! - sorted[cut]!;
}

export type Size = "plausible" | "small" | "large";

/** Whether values that spread so much can be an electrocardiogram in this unit. */
export function judge(spread: number, unit: Voltage): Size {
  const millivolts = spread * MILLIVOLTS[unit];
  return millivolts < PLAUSIBLE.min ? "small" : millivolts > PLAUSIBLE.max ? "large" : "plausible";
}
