/** Tables of numbers as people have them: one column, or several with names; comma, semicolon or tab; points or commas. */

import { FileError } from "../offload";

/** A signal file cannot be used; the message says in which line, where there is one. */
export class SignalError extends FileError {}

export interface Column {
  name: string;
  values: number[];
}

export interface Table {
  /** Columns that hold a number in every line. */
  columns: Column[];
  /** Whether the file gives the columns names. */
  named: boolean;
  /** Line of the file that each row stands in, counted from 1. */
  lines: number[];
}

const MAX_ROWS = 1_000_000;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** Lines before the numbers that may hold names and units. */
const HEADER_LINES = 2;

/** Reads a table. Empty lines and lines that begin with `#` are left out. */
export function readTable(text: string): Table {
  if (text.includes("\0")) throw new SignalError("This is not a text file. A signal is a CSV file: numbers in lines.");
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  const rows = lines.flatMap((line, i) => (line.trim() === "" || line.startsWith("#") ? [] : [{ line: i + 1, text: line }]));
  if (rows.length === 0) throw new SignalError("This file has no numbers in it.");
  if (rows.length > MAX_ROWS) throw new SignalError(`This file has ${rows.length} lines. At most ${MAX_ROWS} are read here.`);
  const separator = separatorOf(rows.map((row) => row.text));
  // Where the comma does not separate, it is a decimal sign.
  const split = (text: string): string[] =>
    text.split(separator).map((cell) => {
      const bare = unquote(cell.trim());
      return separator === "," ? bare : bare.replace(",", ".");
    });
  const cells = rows.map(({ line, text }) => ({ line, cells: split(text) }));
  const start = cells.findIndex((row) => row.cells.some(isNumber));
  if (start < 0) throw new SignalError(`This file has no numbers in it: line ${cells[0]!.line} begins “${shorten(rows[0]!.text)}”.`);
  if (start > HEADER_LINES) {
    throw new SignalError(`Line ${cells[HEADER_LINES]!.line} is not a line of numbers: “${shorten(rows[HEADER_LINES]!.text)}”.`);
  }
  const header = start > 0 ? cells[0]!.cells : null;
  const units = start > 1 ? cells[1]!.cells : [];
  const width = cells[start]!.cells.length;
  if (header && header.length !== width) {
    throw new SignalError(`Line ${cells[start]!.line} has ${width} columns, and the names in line ${cells[0]!.line} are ${header.length}.`);
  }
  const names = Array.from({ length: width }, (_, i) => [header?.[i] || `column ${i + 1}`, units[i]].filter(Boolean).join(" "));
  return { ...numbers(cells.slice(start), names), named: header !== null };
}

type Row = { line: number; cells: string[] };

/** Columns of numbers; a column without a single number is text, which is left out. */
function numbers(rows: Row[], names: string[]): Pick<Table, "columns" | "lines"> {
  for (const { line, cells } of rows) {
    if (cells.length !== names.length) {
      throw new SignalError(`Line ${line} has ${columns(cells.length)}, and the lines before it ${names.length}.`);
    }
  }
  const columnsOfNumbers = names.flatMap((name, i) => {
    const wrong = rows.find((row) => !isNumber(row.cells[i]!));
    if (!wrong) return [{ name, values: rows.map((row) => Number(row.cells[i])) }];
    if (rows.every((row) => !isNumber(row.cells[i]!))) return [];
    const cell = wrong.cells[i]!;
    const where = names.length > 1 ? ` (${name})` : "";
    throw new SignalError(cell === "" ? `Line ${wrong.line}${where} lacks a number.` : `Line ${wrong.line}${where}: “${shorten(cell)}” is not a number.`);
  });
  return { columns: columnsOfNumbers, lines: rows.map((row) => row.line) };
}

/** A tab or a semicolon separates wherever there is one; commas otherwise. */
function separatorOf(lines: string[]): string {
  const middle = lines[Math.floor(lines.length / 2)] ?? "";
  return ["\t", ";"].find((candidate) => middle.includes(candidate)) ?? ",";
}

function isNumber(cell: string): boolean {
  return NUMBER.test(cell) && Number.isFinite(Number(cell));
}

function unquote(cell: string): string {
  return /^(["']).*\1$/.test(cell) ? cell.slice(1, -1).trim() : cell;
}

function columns(count: number): string {
  return count === 1 ? "1 column" : `${count} columns`;
}

function shorten(text: string): string {
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}
