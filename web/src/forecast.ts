/** What a result will take, before anything is sent: the plan's bytes and rounds, over a line as the page's own files measured it. */

import type { Sizes } from "./api";
import { pace } from "./pace";

/** Bits a second and seconds there and back, where nothing was measured. */
const [A_RATE, A_TRIP] = [50e6, 0.05];
/** Fewest bytes of a response that tell how fast the line is. */
const TELLING = 3e4;
/** Rounds of connecting, setting up and preparing, about. */
const ROUNDS_BEFORE = 16;
/** Bytes of the protocol for which a browser computes a second, about. */
const COMPUTED = 6e6;
/** Seconds for loading the protocol's code and starting it. */
const START = 0.4;

export interface Forecast {
  bytes: number;
  /** About. */
  seconds: number;
}

/** Bits a second and seconds there and back. */
export interface Line {
  rate: number;
  trip: number;
}

/** The line to the server, by what the browser noted of the page's own files. */
export function measuredLine(entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[]): Line {
  const answers = entries.filter(({ transferSize, requestStart }) => transferSize > 0 && requestStart > 0);
  const trips = answers.map(({ requestStart, responseStart }) => (responseStart - requestStart) / 1000).filter((trip) => trip > 0);
  const largest = answers.toSorted((a, b) => b.transferSize - a.transferSize)[0];
  const telling = largest && largest.transferSize >= TELLING;
  return {
    rate: telling ? (8000 * largest.transferSize) / Math.max(1, largest.responseEnd - largest.requestStart) : A_RATE,
    trip: trips.length > 0 ? Math.min(...trips) : A_TRIP,
  };
}

/** Of the first result; phases of about this size that ran before say more than the line does. */
export function forecast(sizes: Sizes, line = measuredLine()): Forecast {
  const { setup_bytes, preprocess_bytes, online_bytes, online_rounds } = sizes;
  const bytes = setup_bytes + preprocess_bytes + online_bytes;
  const [preparing, computing] = [pace.guess("preprocess", preprocess_bytes), pace.guess("online", online_bytes)];
  if (preparing !== null && computing !== null) return { bytes, seconds: preparing + computing };
  const travelling = (8 * bytes) / line.rate + (ROUNDS_BEFORE + (online_rounds ?? ROUNDS_BEFORE)) * line.trip;
  return { bytes, seconds: START + travelling + bytes / COMPUTED };
}
