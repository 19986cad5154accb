/** Recordings of devices: numbers of a converter with what one of them is, where tables have the values themselves. */

import { leadOf } from "./leads";
import type { Recording, SignalColumn } from "./recording";
import { unitOf } from "./units";
import { fileTexts } from "../texts/files";

/** One channel of a device's file. */
export interface Channel {
  name: string;
  /** As the file writes it; empty for counts. */
  unit: string;
  /** Not a number where there is a gap. */
  values: Float64Array;
}

/** Channels of one rate as a recording. `format` names the file's, and `notes` say what was decided. */
export function recordingOf(channels: Channel[], rate: number, format: string, notes: string[]): Recording {
  const columns = channels.map(({ name, unit, values }): SignalColumn => {
    const gaps = values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
    return { name, lead: leadOf(name), unit: unitOf(unit), values, gaps };
  });
  return { columns, rate, times: fileTexts.recordings.headerOf(format), hints: [], notes };
}
