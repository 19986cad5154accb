/** The page's words in English, by rooms. */

import { batch } from "./en/batch";
import { beats } from "./en/beats";
import { errors } from "./en/errors";
import { form } from "./en/form";
import { image } from "./en/image";
import { leaving } from "./en/leaving";
import { page } from "./en/page";
import { recordings } from "./en/recordings";
import { refusals } from "./en/refusals";
import { result } from "./en/result";
import { run } from "./en/run";
import { signal } from "./en/signal";
import { steps } from "./en/steps";
import { strip } from "./en/strip";

export const en = { batch, beats, errors, form, image, leaving, page, recordings, refusals, result, run, signal, steps, strip };

export type Texts = typeof en;
