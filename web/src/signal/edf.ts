/** European Data Format, EDF and EDF+ (edfplus.info), and BDF, which is the same with 24 bits. */

import { viewOf } from "../bytes";
import { real } from "../format";
import { SignalError } from "./csv";
import { type Channel, recordingOf } from "./physical";
import type { Recording } from "./recording";
import { fileTexts } from "../texts/files";

const HEADER = 256;
const MAX_SIGNALS = 256;
const ANNOTATIONS = ["EDF Annotations", "BDF Annotations"];
/** Parts of seconds that two rates may differ by and be the same. */
const SAME = 1e-9;

/** Whether a file begins as one. */
export function isEdf(bytes: Uint8Array): boolean {
  const head = text(bytes, 0, 8);
  return head === "0       " || head === "\xffBIOSEMI";
}

export function readEdf(bytes: Uint8Array): Recording {
  const { edf, quoted } = fileTexts.recordings;
  const wide = bytes[0] === 0xff;
  const format = wide ? "BDF" : "EDF";
  const wrong = (what: string): SignalError => new SignalError(edf.damaged(format, what));
  if (bytes.length < HEADER) throw wrong(edf.headerCut);
  const field = (at: number, length: number): string => text(bytes, at, length).trim();
  const number = (at: number, length: number, what: keyof typeof edf.fields): number => {
    const value = Number(field(at, length));
    if (field(at, length) === "" || !Number.isFinite(value)) throw wrong(edf.field(edf.fields[what], field(at, length)));
    return value;
  };
  // EDF+D: records that do not follow each other in time.
  if (/^(EDF|BDF)\+D/.test(field(192, 44))) {
    throw new SignalError(edf.discontinuous(format));
  }
  const [size, seconds, count] = [number(184, 8, "size"), number(244, 8, "seconds"), number(252, 4, "signals")];
  let records = number(236, 8, "records");
  if (!Number.isInteger(count) || count < 1 || count > MAX_SIGNALS || size !== HEADER * (1 + count)) throw wrong(edf.contradicts);
  if (!(seconds > 0)) throw wrong(edf.lasts(real(seconds)));
  if (bytes.length < size) throw wrong(edf.headerCut);
  // Each kind of field has a table of its own.
  let at = HEADER;
  const table = (length: number): ((i: number) => [number, number]) => {
    const start = at;
    at += count * length;
    return (i) => [start + i * length, length];
  };
  const labels = table(16);
  table(80);
  const units = table(8);
  const physical = [table(8), table(8)] as const;
  const digital = [table(8), table(8)] as const;
  table(80);
  const samples = table(8);
  const signals = Array.from({ length: count }, (_, i) => ({
    name: field(...labels(i)),
    unit: field(...units(i)),
    physical: physical.map((place) => number(...place(i), "physical")) as [number, number],
    digital: digital.map((place) => number(...place(i), "digital")) as [number, number],
    samples: number(...samples(i), "samples"),
  }));
  if (signals.some((signal) => !Number.isInteger(signal.samples) || signal.samples < 0)) throw wrong(edf.oddSamples);
  const width = wide ? 3 : 2;
  const record = width * signals.reduce((sum, signal) => sum + signal.samples, 0);
  const whole = record === 0 ? 0 : Math.floor((bytes.length - size) / record);
  if (records === -1) records = whole;
  if (records < 1 || record === 0) throw wrong(edf.noRecord);
  if (whole < records) throw new SignalError(edf.cut(format, records, whole));
  const view = viewOf(bytes);
  const channels: { channel: Channel; rate: number }[] = [];
  let start = size;
  for (const signal of signals) {
    const { name, unit, physical, digital } = signal;
    const scale = (physical[1] - physical[0]) / (digital[1] - digital[0]);
    if (!ANNOTATIONS.includes(name) && signal.samples > 0) {
      if (!Number.isFinite(scale) || scale === 0) throw wrong(edf.noWidth(name));
      const values = new Float64Array(records * signal.samples);
      for (let r = 0; r < records; r += 1) {
        for (let k = 0; k < signal.samples; k += 1) {
          const place = start + r * record + k * width;
          const stored = wide ? (view.getUint16(place, true) | (view.getInt8(place + 2) << 16)) : view.getInt16(place, true);
          values[r * signal.samples + k] = physical[0] + (stored - digital[0]) * scale;
        }
      }
      channels.push({ channel: { name, unit, values }, rate: signal.samples / seconds });
    }
    start += width * signal.samples;
  }
  if (channels.length === 0) throw new SignalError(edf.annotations(format));
  // The fastest are the signals; what changes slowly is stored slowly.
  const rate = Math.max(...channels.map((channel) => channel.rate));
  const same = (other: number): boolean => Math.abs(other / rate - 1) < SAME;
  const others = channels.filter((channel) => !same(channel.rate)).map(({ channel }) => quoted(channel.name));
  const notes = others.length > 0 ? [edf.lower(others.join(", "))] : [];
  return recordingOf(channels.filter((channel) => same(channel.rate)).map(({ channel }) => channel), rate, format, notes);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
