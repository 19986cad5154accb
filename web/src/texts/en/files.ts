/** What is said of files by what reads them, in workers. */

import { recordings } from "./recordings";
import { refusals } from "./refusals";
import { steps } from "./steps";

export const files = { recordings, refusals, steps };
