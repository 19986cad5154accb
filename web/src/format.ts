/** Numbers for people: bytes, seconds, counts. One decimal where it helps, none where it does not. */

const MINUS = "−";

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
  return `${value < 100 ? value.toFixed(1) : value.toFixed(0)}\u00a0${units[unit]}`;
}

/** `0.42 s`, `12.3 s`, `2 min 5 s`. */
export function seconds(value: number): string {
  if (value < 0.0005) return "0\u00a0ms";
  if (value < 0.1) return `${(value * 1000).toFixed(0)}\u00a0ms`;
  if (value < 10) return `${value.toFixed(2)}\u00a0s`;
  if (value < 60) return `${value.toFixed(1)}\u00a0s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)}\u00a0min ${whole % 60}\u00a0s`;
}

/** `97.4 %`, at most one decimal. */
export function percent(fraction: number): string {
  const value = (fraction * 100).toFixed(1);
  return `${value.endsWith(".0") ? value.slice(0, -2) : value}\u00a0%`;
}

/** A signed integer with a true minus sign. */
export function integer(value: number | bigint): string {
  const text = value.toString();
  return text.startsWith("-") ? MINUS + text.slice(1) : text;
}

/** A real number, at most `digits` significant digits, without exponents in the usual range. */
export function real(value: number, digits = 6): string {
  return integer(Number(value.toPrecision(digits)));
}

/** A count with thin spaces between thousands. */
export function count(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
