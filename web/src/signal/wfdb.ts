/**
 * Records as PhysioNet has them (WFDB, header(5) and signal(5)): a header of text, and one or more files of numbers beside it.
 */

import { viewOf } from "../bytes";
import { SignalError } from "./csv";
import { type Channel, recordingOf } from "./physical";
import type { Recording } from "./recording";
import { fileTexts } from "../texts/files";

export interface NamedBytes {
  name: string;
  bytes: Uint8Array;
}

interface Signal {
  file: string;
  format: string;
  /** Samples in each frame. */
  perFrame: number;
  skew: number;
  offset: number;
  /** Counts of one unit, and at none; a gain of 0 means that nobody knows. */
  gain: number;
  baseline: number;
  unit: string;
  /** The last 16 bits of the sum of all samples; `null` where the header has none. */
  checksum: number | null;
  name: string;
}

interface Header {
  rate: number;
  /** Frames, or 0 where the header does not say. */
  frames: number;
  signals: Signal[];
}

const { wfdb } = fileTexts.recordings;

const MAX_SIGNALS = 64;
const MAX_SAMPLES = 20e6;

/** Reads a record whose files were chosen together. */
export function readWfdb(files: NamedBytes[]): Recording {
  const header = files.find(({ name }) => /\.hea$/i.test(name));
  if (!header) throw new SignalError(wfdb.noHeader);
  const { rate, frames, signals } = readHeader(new TextDecoder().decode(header.bytes));
  const notes: string[] = [];
  const channels: { channel: Channel; rate: number }[] = [];
  for (const name of new Set(signals.map(({ file }) => file))) {
    const data = files.find((file) => file.name.toLowerCase() === name.toLowerCase());
    if (!data) throw new SignalError(wfdb.noData(name));
    const own = signals.filter(({ file }) => file === name);
    for (const [i, samples] of readSamples(data, own, frames).entries()) {
      const signal = own[i]!;
      checkSum(signal, samples);
      channels.push({ channel: channelOf(signal, samples), rate: rate * signal.perFrame });
    }
  }
  const first = channels[0]!.rate;
  const others = channels.filter((channel) => channel.rate !== first);
  if (others.length > 0) notes.push(wfdb.others(others.map(({ channel }) => fileTexts.recordings.quoted(channel.name)).join(", ")));
  return recordingOf(channels.filter((channel) => channel.rate === first).map(({ channel }) => channel), first, "WFDB", notes);
}

function readHeader(text: string): Header {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const [record = "", count, rate = "250", frames = "0"] = (lines[0] ?? "").trim().split(/\s+/);
  const wrong = (what: string): SignalError => new SignalError(wfdb.wrong(what));
  if (record.includes("/")) throw new SignalError(wfdb.segments);
  const signals = Number(count);
  const perSecond = Number.parseFloat(rate);
  if (!Number.isInteger(signals) || signals < 1 || signals > MAX_SIGNALS) throw wrong(wfdb.announces(count ?? ""));
  if (!(perSecond > 0) || !Number.isFinite(perSecond)) throw wrong(wfdb.rateIs(rate));
  if (!/^\d+$/.test(frames)) throw wrong(wfdb.samplesAre(frames));
  if (lines.length < 1 + signals) throw wrong(wfdb.fewLines(signals, lines.length - 1));
  return { rate: perSecond, frames: Number(frames), signals: lines.slice(1, 1 + signals).map((line, i) => readSignal(line, i, wrong)) };
}

function readSignal(line: string, index: number, wrong: (what: string) => SignalError): Signal {
  const [file = "", format = "", gain = "", , zero = "0", , checksum, , ...words] = line.trim().split(/\s+/);
  const [, code = "", perFrame = "1", skew = "0", offset = "0"] = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/.exec(format) ?? [];
  if (!code) throw wrong(wfdb.formatIs(index + 1, format));
  if (!(code in FORMATS)) {
    throw new SignalError(wfdb.format(code, Object.keys(FORMATS).join(", ")));
  }
  const [, perUnit = "0", baseline = zero, unit = "mV"] = /^([-+.\deE]+)?(?:\((-?\d+)\))?(?:\/(\S+))?$/.exec(gain) ?? [];
  if (!Number.isFinite(Number(perUnit)) || !Number.isInteger(Number(baseline))) throw wrong(wfdb.gainIs(index + 1, gain));
  return {
    file,
    format: code,
    perFrame: Math.max(1, Number(perFrame)),
    skew: Number(skew),
    offset: Number(offset),
    gain: Number(perUnit),
    baseline: Number(baseline),
    unit,
    checksum: checksum === undefined ? null : Number(checksum),
    name: words.join(" ") || wfdb.unnamed(index + 1),
  };
}

/** How samples are packed: bytes of a group, its samples, and which number means that there is none. */
interface Format {
  bytes: number;
  samples: number;
  gap: number;
  /** Sample `k` of the group at `at`. */
  read(view: DataView, at: number, k: number): number;
}

const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

const FORMATS: Record<string, Format> = {
  16: { bytes: 2, samples: 1, gap: -(2 ** 15), read: (view, at) => view.getInt16(at, true) },
  24: {
    bytes: 3,
    samples: 1,
    gap: -(2 ** 23),
    read: (view, at) => signed(view.getUint16(at, true) | (view.getUint8(at + 2) << 16), 24),
  },
  32: { bytes: 4, samples: 1, gap: -(2 ** 31), read: (view, at) => view.getInt32(at, true) },
  212: {
    bytes: 3,
    samples: 2,
    gap: -(2 ** 11),
    read: (view, at, k) => {
      const high = view.getUint8(at + 1);
      return k === 0 ? signed(view.getUint8(at) | ((high & 15) << 8), 12) : signed(view.getUint8(at + 2) | ((high >> 4) << 8), 12);
    },
  },
  310: {
    bytes: 4,
    samples: 3,
    gap: -(2 ** 9),
    read: (view, at, k) => {
      const [first, second] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
      return signed(k === 2 ? (first >> 11) | ((second >> 11) << 5) : (k === 0 ? first : second) >> 1, 10);
    },
  },
  311: { bytes: 4, samples: 3, gap: -(2 ** 9), read: (view, at, k) => signed(view.getUint32(at, true) >>> (10 * k), 10) },
};

/** The samples of each of a file's signals, which take turns. */
function readSamples({ name, bytes }: NamedBytes, signals: Signal[], frames: number): Float64Array[] {
  const { format, offset } = signals[0]!;
  const { bytes: size, samples: each, gap, read } = FORMATS[format]!;
  if (signals.some((signal) => signal.format !== format)) throw new SignalError(wfdb.formats(name));
  const view = viewOf(bytes);
  const perFrame = signals.reduce((sum, signal) => sum + signal.perFrame, 0);
  const left = Math.max(0, bytes.length - offset);
  // The last group may lack what no sample needs.
  const partial = Math.floor(((left % size) * each) / size);
  const there = Math.floor((Math.floor(left / size) * each + partial) / perFrame);
  const wanted = frames || there;
  if (wanted * perFrame > MAX_SAMPLES) throw new SignalError(wfdb.many(wanted * perFrame, MAX_SAMPLES));
  if (there < wanted) throw new SignalError(wfdb.cut(name, wanted, there));
  const padded = left % size === 0 ? view : viewOf(Uint8Array.from({ length: offset + Math.ceil(left / size) * size }, (_, i) => bytes[i] ?? 0));
  const found = signals.map((signal) => new Float64Array(wanted * signal.perFrame));
  let at = 0;
  for (let frame = 0; frame < wanted; frame += 1) {
    for (const [i, signal] of signals.entries()) {
      for (let k = 0; k < signal.perFrame; k += 1, at += 1) {
        const value = read(padded, offset + Math.floor(at / each) * size, at % each);
        found[i]![frame * signal.perFrame + k] = value === gap ? Number.NaN : value;
      }
    }
  }
  return found;
}

/** The header has the sum of each signal's samples: a file that was changed, or belongs to another header, shows. */
function checkSum({ checksum, format, name }: Signal, samples: Float64Array): void {
  if (checksum === null || !Number.isInteger(checksum)) return;
  const { gap } = FORMATS[format]!;
  const sum = samples.reduce((sum, value) => (sum + (Number.isNaN(value) ? gap : value)) | 0, 0);
  if (((sum ^ checksum) & 0xffff) !== 0) {
    throw new SignalError(wfdb.sum(name));
  }
}

function channelOf({ gain, baseline, unit, name, skew }: Signal, samples: Float64Array): Channel {
  // Skewed signals were sampled that much earlier than they stand in the file.
  const aligned = skew > 0 ? Float64Array.from({ length: samples.length }, (_, i) => samples[i + skew] ?? Number.NaN) : samples;
  if (gain === 0) return { name, unit: "counts", values: aligned };
  return { name, unit, values: aligned.map((value) => (value - baseline) / gain) };
}
