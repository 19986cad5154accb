/** From a chosen column to what the page shows of it: values at the model's rate, the beats in them, and how good they are. */

import type { SignalInput } from "../card";
import type { Filters } from "./filters";
import type { Peak } from "./peaks";
import { measure, type Quality } from "./quality";
import type { Recording, SignalColumn } from "./recording";
import { type Answers, type Questions, type Series, toSeries } from "./series";
import { checkLength, hasBeats } from "./window";

export interface Chosen {
  /** Without its columns but the chosen one. */
  recording: Recording;
  column: SignalColumn;
  asked: Questions;
  answers: Answers;
  input: SignalInput;
}

export interface Prepared {
  series: Series;
  peaks: Peak[];
  quality: Quality;
}

/** Throws a {@link SignalError} where the column cannot be used. */
export function prepare({ recording, column, asked, answers, input }: Chosen, filters: Filters): Prepared {
  const series = toSeries(recording, column, asked, answers, input, filters);
  checkLength(series.values, input);
  const peaks = hasBeats(input) ? filters.beats(series.values, input.sample_rate) : [];
  return { series, peaks, quality: measure(series, peaks, input) };
}
