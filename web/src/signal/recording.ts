/** A file as a recording: its signals as numbers, its times as a rate, and what it does not tell. */

import { real } from "../format";
import { isGap, isNumber } from "./cells";
import { isClock } from "./clock";
import { readSheet, type Row, type Sheet, shorten, SignalError } from "./csv";
import { type RateHint, rateHints } from "./hints";
import { leadOf } from "./leads";
import { type StatedRate, statedLead, statedRate } from "./stated";
import { findTimes, type Times } from "./time";
import { type Unit, unitInName, unitInRemarks, unitOf } from "./units";
import { fileTexts } from "../texts/files";
import { t } from "../texts/texts";

export interface SignalColumn {
  name: string;
  /** The lead that the name tells. */
  lead: string | null;
  /** The unit that the file tells. */
  unit: Unit | null;
  /** Not a number where there is a gap. */
  values: Float64Array;
  gaps: number;
}

export interface Recording {
  /** At least one, in the order of the file. */
  columns: SignalColumn[];
  /** Values per second after the file's times, or a line that states them; `null` where it has none that can be read. */
  rate: number | null;
  /** Where the rate comes from: "the times in “t”", "the line “Sample Rate,512 hertz”". */
  times: string;
  /** Rates that are mentioned elsewhere in the file. */
  hints: RateHint[];
  /** What was decided about the table, in sentences. */
  notes: string[];
}

/** Parts that a stated rate may differ by from that of the times: recorders' clocks go a little wrong. */
const SAME_RATE = 0.02;

/** Reads a file's text. Throws a {@link SignalError} that names the line or column that cannot be used. */
export function readRecording(text: string, fileName: string): Recording {
  const sheet = readSheet(text);
  const { times, others, notes } = findTimes(sheet);
  const remarkUnit = unitInRemarks(sheet.remarks);
  const remarkLead = statedLead(sheet.remarks);
  const columns: SignalColumn[] = [];
  const left: string[] = [];
  let broken: string | null = null;
  for (let i = 0; i < sheet.rows[0]!.cells.length; i += 1) {
    if (i === times?.column || others.includes(i)) continue;
    const name = sheet.names[i] || t.signal.unnamed(i + 1);
    const read = numbers(sheet.rows, i);
    if (typeof read === "string") {
      const words = fileTexts.recordings.table.leftColumn(name, read);
      // A column with numbers and words is a fault; one of words alone is a note.
      if (sheet.rows.some((row) => isNumber(row.cells[i]!))) broken ??= wrongCell(sheet, i);
      left.push(words);
    } else if (read) {
      const unit = unitOf(sheet.units[i] ?? "") ?? unitInName(sheet.names[i] ?? "") ?? remarkUnit;
      columns.push({ name, lead: leadOf(sheet.names[i] ?? "") ?? remarkLead, unit, ...read });
    }
  }
  if (columns.length === 0) {
    throw new SignalError(
      broken ??
        (others.length > 0
          ? fileTexts.recordings.table.noSignal(notes.join(" "))
          : fileTexts.recordings.table.noColumn),
    );
  }
  const rates = rateOf(times, statedRate(sheet.remarks));
  const hints = rateHints(fileName, [...sheet.names, ...sheet.units], sheet.remarks);
  return {
    columns,
    rate: rates.rate,
    times: rates.source,
    hints: [...rates.hints, ...hints.filter(({ rate }) => rates.hints.every((hint) => hint.rate !== rate))],
    notes: [
      ...sheet.notes,
      ...notes,
      ...rates.notes,
      ...(left.length > 0 ? [fileTexts.recordings.table.leftOut(left.join(", "))] : []),
    ],
  };
}

/** The rate of the times, or of the line that states one; none where they contradict each other. */
function rateOf(
  times: Times | null,
  stated: StatedRate | null,
): { rate: number | null; source: string; hints: RateHint[]; notes: string[] } {
  const none = { hints: [], notes: [] };
  const line = stated ? fileTexts.recordings.line(shorten(stated.line, 40)) : "";
  if (!times) return { rate: stated?.rate ?? null, source: line, ...none };
  const source = fileTexts.recordings.timesIn(times.name, times.reading);
  if (!stated || Math.abs(stated.rate / times.rate - 1) < SAME_RATE) return { rate: times.rate, source, ...none };
  const told = Number(times.rate.toPrecision(5));
  const hints = [
    { rate: told, where: source },
    { rate: stated.rate, where: line },
  ];
  const notes = [fileTexts.recordings.table.ratesDiffer(source, real(told), line, real(stated.rate))];
  return { rate: null, source: "", hints, notes };
}

/** A column of numbers with gaps; a cell that is neither, in words; `null` for a column of gaps alone. */
function numbers(rows: Row[], column: number): { values: Float64Array; gaps: number } | string | null {
  const values = new Float64Array(rows.length);
  let gaps = 0;
  for (const [i, { line, cells }] of rows.entries()) {
    const cell = cells[column]!;
    if (isNumber(cell)) values[i] = Number(cell);
    else if (isGap(cell)) {
      values[i] = Number.NaN;
      gaps += 1;
    } else return fileTexts.recordings.table.inLine(shorten(cell), line);
  }
  return gaps === rows.length ? null : { values, gaps };
}

function wrongCell({ rows, names }: Sheet, column: number): string {
  const row = rows.find(({ cells }) => !isNumber(cells[column]!) && !isGap(cells[column]!))!;
  const where = rows[0]!.cells.length > 1 ? names[column] || t.signal.unnamed(column + 1) : null;
  const cell = row.cells[column]!;
  return fileTexts.recordings.table.wrong(row.line, where, shorten(cell), isClock(cell));
}
