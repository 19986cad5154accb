/** Numbers out of text that was copied from a table. */

/** The entries of a row or a column. Commas separate only where nothing else does: they may be decimal signs. */
export function numbersOf(text: string): string[] {
  const rest = text.trim();
  const separator = /[\t;\n]/.test(rest) ? /\s*[\t;\n]\s*/ : /\s/.test(rest) ? /,?\s+/ : /,/;
  return rest === "" ? [] : rest.split(separator);
}
