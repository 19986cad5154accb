/** Names of leads of an electrocardiogram, in any usual spelling. */

const ROMAN = ["I", "II", "III"];
const ROMANS = /^(ML|L|D)?(I{1,3})$/;
/** Leads of the limbs by their electrodes, as EDF+ names them: the second is taken from the first. */
const ELECTRODES: Record<string, string> = { "LA-RA": "I", "LL-RA": "II", "LL-LA": "III", "LF-RA": "II", "LF-LA": "III" };
const OTHERS = /^(AV[RLF]|V[1-9]R?|MV[1-9]|ML[1-9]|CM[1-5]|CC5)$/;
/** What stands before a number that means a lead. */
const LEAD = /^(LEAD|ABLEITUNG|DERIVATION|DERIVACION|DERIVAZIONE)$/;

/**
 * The lead that a column's name contains: `MLII`, `II`, `aVR`, `V5` … `null` where it names none. `lead 2`, `DII`,
 * `ecg_ii` and `II (mV)` are all `II`; a modified lead, as Holter recorders have them, keeps its `ML`.
 */
export function leadOf(name: string): string | null {
  const pair = /(?:^|[^A-Z])(L[ALF]-[RL]A)(?![A-Z])/.exec(name.toUpperCase())?.[1];
  if (pair && ELECTRODES[pair]) return ELECTRODES[pair];
  const words = name
    .replace(/[[(].*$/, "")
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== "");
  for (const [i, word] of words.entries()) {
    const roman = ROMANS.exec(word);
    if (roman) return `${roman[1] === "ML" ? "ML" : ""}${roman[2]}`;
    const [, before = "", number] = /^([A-Z]*)([123])$/.exec(word) ?? [];
    if (number && LEAD.test(before || (words[i - 1] ?? ""))) return ROMAN[Number(number) - 1]!;
    const joined = word.replace(/^(LEAD|ECG|EKG)(?=I|AV|V[1-9])/, "");
    if (ROMAN.includes(joined)) return joined;
    if (OTHERS.test(joined)) return joined.replace(/^AV/, "aV");
  }
  return null;
}

/**
 * Index of the column to begin with: the model's own lead, by the order of its card; `-1` where there is none of them.
 */
export function preferred(leads: (string | null)[], wanted: string[]): number {
  for (const want of wanted) {
    const index = leads.indexOf(leadOf(want) ?? want);
    if (index >= 0) return index;
  }
  return -1;
}
