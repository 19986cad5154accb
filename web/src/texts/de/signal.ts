import type { signal as en } from "../en/signal";

export const signal: typeof en = {
  title: "Wählen Sie ein Signal",
};
