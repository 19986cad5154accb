/** What a single cell of a table is. */

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const GAP = /^(|nan|n\/?a|null|none|-+|\?|\*)$/i;

export function isNumber(cell: string): boolean {
  return NUMBER.test(cell) && Number.isFinite(Number(cell));
}

/** Whether the cell says that there is no value here. */
export function isGap(cell: string): boolean {
  return GAP.test(cell);
}

/** How finely a number is written: 0.001 for `1.250`. */
export function resolution(cell: string): number {
  const [, decimals = "", exponent = "0"] = /^[^.e]*(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(cell) ?? [];
  return 10 ** (Number(exponent) - decimals.length);
}
