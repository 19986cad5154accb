/** Whether a signal looks like a heart at all, and whether its recorder or an electrode lost something. */

import type { SignalInput } from "../card";
import { real } from "../format";
import { median, type Peak } from "./peaks";
import type { Series } from "./series";
import { t } from "../texts/texts";

/** R peaks of noise are this many standard deviations high, and of electrocardiograms more. */
const PROMINENT = 3;
/** Beats a minute. */
const HEART_RATE = { min: 20, max: 250 };
/** A cut-off peak stays at one value for this many seconds and values, and gets there by this part of the whole range. */
const CUT_SECONDS = 0.008;
const CUT_VALUES = 3;
const CUT_STEP = 0.04;
/** Seconds without any movement that are too long. */
const STILL = 0.3;

/** Measures of a whole signal, which take their time and stay the same for all of its parts. */
export interface Quality {
  /** Least and greatest value that was recorded. */
  low: number;
  high: number;
  /** How far R peaks reach, in standard deviations of the rest; `null` where there is too little to tell. */
  prominence: number | null;
  beatsPerMinute: number | null;
}

export function measure({ values, recorded }: Series, peaks: Peak[], { length, sample_rate }: SignalInput): Quality {
  const there = recorded.filter((value) => !Number.isNaN(value));
  const low = there.reduce((least, value) => Math.min(least, value), Infinity);
  const high = there.reduce((most, value) => Math.max(most, value), -Infinity);
  const quality: Quality = { low, high, prominence: null, beatsPerMinute: null };
  // A single beat has too little around it.
  if (values.length >= 2 * length && peaks.length > 0) {
    const level = median(values);
    const deviation = 1.4826 * median(values.map((value) => Math.abs(value - level)));
    quality.prominence = median(peaks.map(({ height }) => Math.abs(height))) / deviation;
  }
  if (peaks.length >= 3) {
    const steps = peaks.slice(1).map(({ index }, i) => index - peaks[i]!.index);
    quality.beatsPerMinute = (60 * sample_rate) / median(steps);
  }
  return quality;
}

/** Peaks that hardly are ones, or make no heart's rate. */
export function heartWarning({ prominence, beatsPerMinute }: Quality): string[] {
  const warnings: string[] = [];
  if (prominence !== null && prominence < PROMINENT) {
    warnings.push(t.signal.warnings.noisy);
  }
  if (beatsPerMinute !== null && !(beatsPerMinute >= HEART_RATE.min && beatsPerMinute <= HEART_RATE.max)) {
    warnings.push(t.signal.warnings.noHeart(real(beatsPerMinute, 2)));
  }
  return warnings;
}

/** Peaks that the recorder cut off, which stay at its greatest or least value. */
export function cutWarning(series: Series, { low, high }: Quality, start: number, input: SignalInput): string[] {
  const { recorded, recordingRate } = series;
  const step = CUT_STEP * (high - low);
  const least = Math.max(CUT_VALUES, CUT_SECONDS * recordingRate);
  const place = (index: number): number => Math.round((index * recordingRate) / input.sample_rate);
  const [from, to] = [place(start), Math.min(place(start + input.length), recorded.length)];
  for (const end of [low, high]) {
    for (let i = from, run = 0; i <= to; i += 1) {
      if (i < to && recorded[i] === end) {
        run += 1;
        continue;
      }
      const [before, after] = [recorded[i - run - 1] ?? end, recorded[i] ?? end];
      if (run >= least && Math.max(Math.abs(before - end), Math.abs(after - end)) > step) {
        return [t.signal.warnings.cut(real(end, 4), input.unit)];
      }
      run = 0;
    }
  }
  return [];
}

/** A piece that does not move at all, as when an electrode is off: recordings of hearts always do, be it by noise. */
export function stillWarning(part: Float64Array, rate: number): string[] {
  let [run, longest] = [0, 0];
  for (let i = 1; i < part.length; i += 1) {
    run = part[i] === part[i - 1] ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  const seconds = longest / rate;
  if (seconds < STILL) return [];
  return [t.signal.warnings.still(real(1000 * seconds, 2))];
}
