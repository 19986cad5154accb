/** The page's words in English, by rooms. */

import { batch } from "./en/batch";
import { beats } from "./en/beats";
import { errors } from "./en/errors";
import { form } from "./en/form";
import { image } from "./en/image";
import { leaving } from "./en/leaving";
import { page } from "./en/page";
import { result } from "./en/result";
import { run } from "./en/run";
import { signal } from "./en/signal";
import { strip } from "./en/strip";

export const en = { batch, beats, errors, form, image, leaving, page, result, run, signal, strip };

export type Texts = typeof en;
