/** Numbers out of text: a row or a column that was copied, or a table with a row for each input. */

/** The entries of a row or a column. Commas separate only where nothing else does: they may be decimal signs. */
export function numbersOf(text: string): string[] {
  const rest = text.trim();
  const separator = /[\t;\n]/.test(rest) ? /\s*[\t;\n]\s*/ : /\s/.test(rest) ? /,?\s+/ : /,/;
  return rest === "" ? [] : rest.split(separator);
}

export interface Row {
  name: string | null;
  /** In the order of the fields. */
  entries: string[];
}

/**
 * The rows of a table with a column for each field: by the fields' names where its head has all of them, otherwise in their order, behind
 * a column of names or not. `null` when it is no such table.
 */
export function rowsOf(text: string, fields: string[]): Row[] | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const separator = ["\t", ";", ","].find((candidate) => lines[0]?.includes(candidate));
  if (separator === undefined) return null;
  const [first = [], ...rest] = lines.map((line) => line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")));
  const named = fields.map((field) => first.indexOf(field));
  const byName = named.every((column) => column >= 0);
  const surplus = first.length - fields.length;
  if (!byName && surplus !== 0 && surplus !== 1) return null;
  const headed = byName || first.slice(surplus).every((cell) => !/\d/.test(cell));
  const rows = (headed ? rest : [first, ...rest]).map((cells): Row => {
    if (byName) return { name: null, entries: named.map((column) => cells[column] ?? "") };
    return { name: surplus === 1 ? (cells[0] ?? null) : null, entries: cells.slice(surplus) };
  });
  return rows.length > 0 ? rows : null;
}
