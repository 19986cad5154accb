/** Signals: choosing one, what a file leaves open, which part is read, what is said of it, and what was done to it. */

export const signal = {
  title: "Choose a signal",
};
