/** One line beside the button: what results will take. */

import type { Cost } from "./api";
import { forecast } from "./forecast";
import { bytes, roughly } from "./format";
import { t } from "./texts/texts";

/** Of so many in a row, of which the first sets up. */
export function forecastWords(cost: Cost | null, count: number): string[] {
  if (!cost) return [];
  const first = forecast(cost);
  const next = forecast({ ...cost, setup_bytes: 0 });
  const [seconds, all] = [first.seconds + (count - 1) * next.seconds, first.bytes + (count - 1) * next.bytes];
  return [t.run.forecast(roughly(seconds), bytes(all))];
}
