/**
 * What the lines above a table say about the recording, as watches and recorders write them: `Sample Rate,512 hertz`,
 * `Messrate,511,562 Hertz`, `Lead,Lead I`, `Unit,µV`. A key must be known, in whatever language: a filter has hertz, too.
 * What stands under another key is offered as a hint, and asked.
 */

import { leadOf } from "./leads";
import { isVoltage, UNIT_WORDS, unitOf } from "./units";

const KEYS = {
  rate: [
    "sampl(e|ing)[ _-]?(rate|frequency)|samplerate|data rate",
    "messrate|abtast(rate|frequenz)|messfrequenz|aufzeichnungsrate",
    "(fréquence|taux) d[’']échantillonnage",
    "(frecuencia|tasa|velocidad|índice) de (muestreo|muestra)",
    "(frequenza|velocità|tasso) di campionamento",
    "(frequência|taxa) de (amostragem|amostra)",
    "(bemonsterings|sample|sampling)(frequentie|snelheid)|samplings?(frekvens|hastighet|hastighed)|samplingsfrekvens",
    "näytteenottotaajuus|częstotliwość próbkowania|vzorkovací frekvence|частота дискретизации",
    "サンプル(レート|率)|サンプリング(レート|周波数)|(采样|取樣|採樣|抽樣)(率|频率|頻率)|샘플링 ?(속도|레이트)",
  ],
  lead: [
    "lead|ableitung|dérivation|derivaci[oó]n|derivazione|deriva[cç][aã]o|afleiding|avledning|afledning",
    "kytkentä|odprowadzenie|svod|отведение|誘導|导联|導程",
  ],
  unit: [UNIT_WORDS],
};
const RATE = anyOf(KEYS.rate);
const LEAD = anyOf(KEYS.lead);
const UNIT = anyOf(KEYS.unit);
/** A key, a mark and a value; an apostrophe may stand within the key. */
const STATEMENT = /^["']?([^,;:=\t"']+(?:['’][^,;:=\t"']+)?)["']?\s*[,;:=\t]\s*(.*)$/;
const HERTZ = /^(\d+)(?:([.,])(\d+))?\s*(k?)(?:hz|hertz|herz|гц|герц|ヘルツ|赫兹|赫茲|헤르츠)$/i;
/** Values per second that a recorder may have. Less than a factor of 1000, so that a mark of thousands is no decimal one. */
const USUAL = { min: 40, max: 20_000 };

function anyOf(words: string[]): RegExp {
  return new RegExp(`^(${words.join("|")})$`, "i");
}

/** A line `KEY,VALUE`, with any of the usual marks between; `null` for any other. */
function statement(line: string): { key: string; value: string } | null {
  const [, key, value] = STATEMENT.exec(line.normalize("NFC")) ?? [];
  const bare = value?.trim().replace(/^(["'])(.*)\1$/, "$2");
  return key === undefined || !bare ? null : { key: key.trim(), value: bare.trim() };
}

/** A number with `Hz` or `hertz` behind it; `null` where it is none, or could be another. */
export function readRate(value: string): number | null {
  const [, whole, mark, part = "", kilo] = HERTZ.exec(value.trim()) ?? [];
  if (whole === undefined) return null;
  const factor = kilo ? 1000 : 1;
  const readings = [Number(`${whole}.${part}`) * factor];
  if (mark && part.length === 3) readings.push(Number(whole + part) * factor);
  const usual = readings.filter((rate) => rate >= USUAL.min && rate <= USUAL.max);
  return usual.length === 1 ? usual[0]! : null;
}

export interface StatedRate {
  rate: number;
  /** The line, as it stands in the file. */
  line: string;
}

/** The rate that the lines agree on; `null` where none tells it. */
export function statedRate(remarks: string[]): StatedRate | null {
  const found = remarks.flatMap((line) => {
    const { key, value } = statement(line) ?? { key: "", value: "" };
    const rate = RATE.test(key) ? readRate(value) : null;
    return rate === null ? [] : [{ rate, line }];
  });
  const [first] = found;
  return first && found.every(({ rate }) => rate === first.rate) ? first : null;
}

/** The lead that a line names; `null` where none does. */
export function statedLead(remarks: string[]): string | null {
  for (const line of remarks) {
    const { key, value } = statement(line) ?? { key: "", value: "" };
    const lead = LEAD.test(key) ? leadOf(value) : null;
    if (lead) return lead;
  }
  return null;
}

/**
 * Whether the lines are the head of one lead's values, as watches write it: a lead and its unit, each in a line of its own. Below it
 * stands one number a line, whatever marks are in it.
 */
export function isHeadOfOne(lines: string[]): boolean {
  const unit = lines.some((line) => {
    const { key, value } = statement(line) ?? { key: "", value: "" };
    return UNIT.test(key) && isVoltage(unitOf(value));
  });
  return unit && statedLead(lines) !== null;
}
