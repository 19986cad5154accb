import type { files as en } from "../en/files";
import { recordings } from "./recordings";
import { refusals } from "./refusals";
import { steps } from "./steps";

export const files: typeof en = { recordings, refusals, steps };
