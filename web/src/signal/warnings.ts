/**
 * What speaks against an electrocardiogram that could be read: its lead, its rate, its size, its direction, its beats.
 */

import type { Domain, Range, SignalInput } from "../card";
import { real } from "../format";
import { leadOf } from "./leads";
import type { Peak } from "./peaks";
import { cutWarning, heartWarning, type Quality, stillWarning } from "./quality";
import type { SignalColumn } from "./recording";
import type { Series } from "./series";
import { hasBeats, markOf } from "./window";
import { t } from "../texts/texts";

/** Seconds that the mark may lie beside the R peak: the models are trained with beats moved by as much. */
const BESIDE = 0.02;
/** Part of the beats that point down in an inverted lead. */
const INVERTED = 2 / 3;

export interface Shown {
  column: SignalColumn;
  series: Series;
  /** What {@link measure} says of the series. */
  quality: Quality;
  peaks: Peak[];
  start: number;
}

/** Sentences about a part that the model can read, the gravest first. */
export function signalWarnings(
  { column, series, quality, peaks, start }: Shown,
  input: SignalInput,
  domain: Domain | undefined,
): string[] {
  const part = series.values.subarray(start, start + input.length);
  return [
    ...leadWarning(column, domain?.leads ?? []),
    ...directionWarning(peaks, start + markOf(input)),
    ...peakWarning(peaks, start, input),
    ...heartWarning(quality),
    ...amplitudeWarning(part, input.unit, domain?.amplitude),
    ...cutWarning(series, quality, start, input),
    ...stillWarning(part, input.sample_rate),
    ...rateWarning(series.recordingRate, domain?.recording_rate),
  ];
}

function leadWarning({ lead, name }: SignalColumn, leads: string[]): string[] {
  if (leads.length === 0) return [];
  const known = leads.map((wanted) => leadOf(wanted) ?? wanted);
  if (lead !== null && known.includes(lead)) return [];
  const wanted = leads.join(t.signal.or);
  return [lead === null ? t.signal.warnings.unknownLead(wanted, name) : t.signal.warnings.otherLead(wanted, lead)];
}

function directionWarning(peaks: Peak[], mark: number): string[] {
  const down = peaks.filter(({ height }) => height < 0).length;
  if (peaks.length === 0 || down < INVERTED * peaks.length) return [];
  const here = peaks.find(({ index }) => index === mark);
  if (peaks.length === 1)
    return here ? [t.signal.warnings.beatDown] : [];
  return [t.signal.warnings.inverted(down, peaks.length)];
}

function peakWarning(peaks: Peak[], start: number, input: SignalInput): string[] {
  const { marker, length, sample_rate } = input;
  if (!marker || !hasBeats(input)) return [];
  const inside = peaks.filter(({ index }) => index >= start && index < start + length);
  if (inside.length === 0) return [t.signal.warnings.noPeak];
  const warnings: string[] = [];
  const distance = Math.min(...inside.map(({ index }) => Math.abs(index - start - marker.index))) / sample_rate;
  if (distance > BESIDE)
    warnings.push(t.signal.warnings.beside(marker.label, real(1000 * distance, 2)));
  return warnings;
}

function amplitudeWarning(part: Float64Array, unit: string, range: Range | undefined): string[] {
  const height = Math.max(...part) - Math.min(...part);
  if (!range || !outside(height, range)) return [];
  return [t.signal.warnings.amplitude(real(height, 2), unit, words(range))];
}

function rateWarning(rate: number, range: Range | undefined): string[] {
  if (!range || !outside(rate, range)) return [];
  return [t.signal.warnings.rate(real(rate, 4), words(range))];
}

function outside(value: number, { min, max }: Range): boolean {
  return value < min || value > max;
}

function words({ min, max }: Range): string {
  return t.signal.range(real(min), real(max));
}
