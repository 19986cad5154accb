/**
 * Text to a table of cells, as devices and people write them: comma, semicolon, tab or blanks between, points or commas
 * in the numbers, cells in quotes, lines about the recording above the table. What the cells mean is read elsewhere.
 */

import { FileError } from "../offload";
import { isGap, isNumber } from "./cells";
import { isClock } from "./clock";
import { isHeadOfOne } from "./stated";
import { isUnit } from "./units";
import { fileTexts } from "../texts/files";

/** A signal file cannot be used; the message says in which line, where there is one. */
export class SignalError extends FileError {}

export interface Row {
  /** Line of the file, counted from 1. */
  line: number;
  cells: string[];
}

export interface Sheet {
  /** Comments and lines above the table, where devices write rates and units. */
  remarks: string[];
  /** Names of the columns, as many as each row has cells; empty where the file gives none. */
  names: string[];
  /** Units of the columns, where they have a row of their own. */
  units: string[];
  /** All of the same width, at least one. */
  rows: Row[];
  /** What was decided about the table, in sentences. */
  notes: string[];
}

const MAX_ROWS = 1_000_000;
/** Lines about the recording that may stand above the table. */
const MAX_REMARKS = 60;
/** Letters of a name or a remark that are looked at. */
const MAX_LETTERS = 120;
/** So many numbers in a line are values of one signal, not columns. */
const WIDE = 24;

const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;
const GROUPED = /^[+-]?[1-9]\d{0,2}(,\d{3})+$/;

/**
 * Reads a table. An empty line is no row of several columns; in a column alone, an empty line between values is a gap, as a spreadsheet
 * writes an empty cell there, and what follows would else come too early. The command reads alike (`sotto infer --signal`).
 */
export function readSheet(text: string): Sheet {
  if (text.includes("\0")) throw new SignalError(fileTexts.recordings.table.noText);
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  const comments: string[] = [];
  const full: { line: number; text: string }[] = [];
  const empty: number[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.startsWith("#")) comments.push(line.slice(1).trim());
    else if (line.trim() === "") empty.push(i + 1);
    else full.push({ line: i + 1, text: line });
  }
  if (full.length === 0) throw new SignalError(fileTexts.recordings.table.noNumbers);
  if (full.length > MAX_ROWS)
    throw new SignalError(fileTexts.recordings.table.manyLines(full.length, MAX_ROWS));
  const { split, mark } = splitter(full.map((row) => row.text));
  const notes: string[] = [];
  const cut = full.map(({ line, text }) => ({ line, cells: split(text) }));
  const all = (mark === "," ? oneLead(full, cut, notes) : null) ?? decimals(cut, mark, notes);
  const start = firstOfTable(all);
  const table = all.slice(start);
  const width = checkWidths(table);
  const rows = width === 1 ? withGaps(table, empty) : table;
  if (rows.length > MAX_ROWS) throw new SignalError(fileTexts.recordings.table.manyLines(rows.length, MAX_ROWS));
  const { names, units, above } = heading(all.slice(0, start), rows[0]!.line, width, mark === " ");
  const remarks = [...comments, ...full.slice(0, above).map((row) => row.text.trim())]
    .slice(0, MAX_REMARKS)
    .map((remark) => remark.slice(0, MAX_LETTERS));
  if (rows.length === 1 && names.length === 0 && width >= WIDE) {
    checkScaled(rows[0]!.cells);
    notes.push(fileTexts.recordings.table.oneLine(width));
    return {
      remarks,
      names: [],
      units: [],
      rows: rows[0]!.cells.map((cell) => ({ line: rows[0]!.line, cells: [cell] })),
      notes,
    };
  }
  if (names.length === 0 && width >= WIDE) {
    checkScaled(rows[0]!.cells);
    throw new SignalError(fileTexts.recordings.table.wide(width));
  }
  return { remarks, names, units, rows, notes };
}

/** Splits lines by what stands between their numbers: a tab, a semicolon, a comma or blanks. */
function splitter(lines: string[]): { split: (line: string) => string[]; mark: string } {
  const middle = lines[Math.floor(lines.length / 2)]!.trim();
  const bare = middle.replace(/(["']).*?\1/g, "0");
  const mark = ["\t", ";"].find((candidate) => bare.includes(candidate));
  if (mark) return { split: (line) => splitAt(line, mark), mark };
  const parts = bare.split(/\s+/);
  if (parts.length > 1 && parts.every((part) => isNumber(part.replace(",", ".")) || isGap(part) || isClock(part))) {
    return { split: (line) => line.trim().split(/\s+/).map(unquote), mark: " " };
  }
  return { split: (line) => splitAt(line, ","), mark: "," };
}

/** Cells between `mark`s that stand outside of quotes; quotes only count where they open a cell. */
function splitAt(line: string, mark: string): string[] {
  if (!line.includes('"') && !line.includes("'")) return line.split(mark).map((cell) => cell.trim());
  const cells: string[] = [];
  for (let at = 0; ;) {
    let from = at;
    while (line[from] === " ") from += 1;
    const end = line.indexOf(mark, isQuote(line[from]) ? closing(line, from) : at);
    cells.push(unquote(line.slice(at, end < 0 ? line.length : end).trim()));
    if (end < 0) return cells;
    at = end + 1;
  }
}

/** The place behind the quote that ends a cell, in which a doubled one stands for itself; the start where none does. */
function closing(line: string, start: number): number {
  const quote = line[start]!;
  for (let at = line.indexOf(quote, start + 1); at >= 0; at = line.indexOf(quote, at + 2)) {
    if (line[at + 1] !== quote) return at + 1;
  }
  return start;
}

function isQuote(letter: string | undefined): boolean {
  return letter === '"' || letter === "'";
}

function unquote(cell: string): string {
  const quote = cell[0];
  if (cell.length < 2 || !isQuote(quote) || !cell.endsWith(quote!)) return cell;
  return cell
    .slice(1, -1)
    .replaceAll(quote! + quote!, quote!)
    .trim();
}

/**
 * The rows of a watch's file, whose head names one lead and its unit: where its language has decimal commas, they stand in lines that
 * commas separate otherwise, and whole numbers among them have none. `null` for any other file.
 */
function oneLead(lines: { text: string }[], rows: Row[], notes: string[]): Row[] | null {
  const isHalved = ({ cells }: Row): boolean =>
    /^[+-]?\d+$/.test(cells[0]!) && (cells.length === 1 || (cells.length === 2 && /^\d+$/.test(cells[1]!)));
  const start = rows.findLastIndex((row) => !isHalved(row)) + 1;
  if (!rows.slice(start).some(({ cells }) => cells.length === 2)) return null;
  if (!isHeadOfOne(lines.slice(0, start).map(({ text }) => text.trim()))) return null;
  notes.push(fileTexts.recordings.table.commasOfHead);
  return rows.map((row, i) => (i < start ? row : { line: row.line, cells: [row.cells.join(".")] }));
}

/** Commas inside cells become points; so do those between cells where only that makes sense. */
function decimals(rows: Row[], mark: string, notes: string[]): Row[] {
  const inside = rows.flatMap(({ cells }) =>
    cells.filter((cell) => cell.includes(",") && (DECIMAL_COMMA.test(cell) || GROUPED.test(cell))),
  );
  if (inside.length > 0) {
    if (inside.every((cell) => GROUPED.test(cell))) {
      const [cell] = inside;
      throw new SignalError(fileTexts.recordings.table.grouped(cell!, cell!.replaceAll(",", ""), cell!.replace(",", ".")));
    }
    notes.push(fileTexts.recordings.table.commas);
    return rows.map(({ line, cells }) => ({
      line,
      cells: cells.map((cell) => (DECIMAL_COMMA.test(cell) ? cell.replace(",", ".") : cell)),
    }));
  }
  const isPair = ({ cells }: Row): boolean =>
    cells.length === 2 && /^[+-]?\d+$/.test(cells[0]!) && /^\d+$/.test(cells[1]!);
  const table = rows.slice(rows.findIndex(isPair));
  const pairs = table.filter(isPair);
  if (mark !== "," || pairs.length < 2 || pairs.length < 0.9 * table.length) return rows;
  // A column of whole numbers that rises is a count of the values beside it.
  if (pairs.every(({ cells }, i) => i === 0 || Number(cells[0]) > Number(pairs[i - 1]!.cells[0]))) return rows;
  if (!pairs.some(({ cells }) => cells[0] === "-0" || /^0\d/.test(cells[1]!))) {
    const above = rows[rows.indexOf(pairs[0]!) - 1];
    if (above?.cells.length === 2) return rows;
    const [{ line, cells }] = pairs as [Row];
    throw new SignalError(fileTexts.recordings.table.pair(line, cells.join("."), cells[0]!, cells[1]!));
  }
  notes.push(fileTexts.recordings.table.commasOfColumn);
  const joined = new Set(pairs);
  return rows.map((row) => (joined.has(row) ? { line: row.line, cells: [row.cells.join(".")] } : row));
}

const holdsNumber = (cell: string): boolean => isNumber(cell) || isClock(cell);

/** Index of the table's first row: from there on, all have numbers where the row in the middle has them. */
function firstOfTable(rows: Row[]): number {
  const middle = [rows[Math.floor(rows.length / 2)]!, rows.at(-1)!].find(({ cells }) => cells.some(holdsNumber));
  if (!middle)
    throw new SignalError(fileTexts.recordings.table.begins(rows[0]!.line, shorten(rows[0]!.cells.join(" "))));
  const places = middle.cells.flatMap((cell, i) => (holdsNumber(cell) ? [i] : []));
  const fits = ({ cells }: Row): boolean =>
    cells.length === middle.cells.length &&
    places.every((i) => holdsNumber(cells[i]!) || isGap(cells[i]!)) &&
    places.some((i) => holdsNumber(cells[i]!));
  const first = rows.findIndex(fits);
  if (first > MAX_REMARKS)
    throw new SignalError(fileTexts.recordings.table.late(rows[first]!.line, MAX_REMARKS));
  return first;
}

/** A column with a gap for each empty line between its first value and its last. */
function withGaps(rows: Row[], empty: number[]): Row[] {
  const [first, last] = [rows[0]!.line, rows.at(-1)!.line];
  const gaps = empty.filter((line) => line > first && line < last).map((line) => ({ line, cells: [""] }));
  return gaps.length === 0 ? rows : [...rows, ...gaps].sort((a, b) => a.line - b.line);
}

function checkWidths(rows: Row[]): number {
  const width = rows[0]!.cells.length;
  const other = rows.find(({ cells }) => cells.length !== width);
  if (other)
    throw new SignalError(fileTexts.recordings.table.ragged(other.line, fileTexts.recordings.table.columns(other.cells.length), width));
  return width;
}

/** Names and units in the last rows above the table; `above` counts the lines that are remarks. */
function heading(
  rows: Row[],
  line: number,
  width: number,
  blanks: boolean,
): { names: string[]; units: string[]; above: number } {
  const last = rows.at(-1);
  if (!last) return { names: [], units: [], above: 0 };
  if (last.cells.length !== width) {
    if (width > 1 && !blanks) {
      throw new SignalError(fileTexts.recordings.table.names(line, fileTexts.recordings.table.columns(width), last.line, last.cells.length));
    }
    return { names: [], units: [], above: rows.length };
  }
  const before = rows.at(-2);
  if (before?.cells.length === width && last.cells.every((cell) => cell === "" || isUnit(cell))) {
    return { names: before.cells.map(cut), units: last.cells.map(cut), above: rows.length - 2 };
  }
  return { names: last.cells.map(cut), units: [], above: rows.length - 1 };
}

function cut(name: string): string {
  return name.slice(0, MAX_LETTERS);
}

/** Refuses beats as published sets for training have them: scaled to the range from 0 to 1, which no unit can undo. */
function checkScaled(cells: string[]): void {
  const values = cells.map(Number);
  if (!values.slice(0, -1).every((value) => value >= 0 && value <= 1)) return;
  const labelled = Number.isInteger(values.at(-1)) && values.length > 100;
  throw new SignalError(fileTexts.recordings.table.scaled(cells.length, labelled));
}

export function shorten(text: string, most = 24): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
