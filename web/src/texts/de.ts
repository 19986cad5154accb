/** The page's words in German, by rooms. */

import { batch } from "./de/batch";
import { beats } from "./de/beats";
import { errors } from "./de/errors";
import { form } from "./de/form";
import { image } from "./de/image";
import { leaving } from "./de/leaving";
import { page } from "./de/page";
import { result } from "./de/result";
import { run } from "./de/run";
import { signal } from "./de/signal";
import { strip } from "./de/strip";
import type { Texts } from "./en";

export const de: Texts = { batch, beats, errors, form, image, leaving, page, result, run, signal, strip };
