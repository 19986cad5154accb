/** The whole signal: choosing a beat on it, and classifying all of them. */

const beats = (count: number): string => (count === 1 ? "1 beat" : `${count} beats`);

export const strip = {
  label: (seconds: number, count: number): string => `The whole signal, ${Math.round(seconds)} seconds: ${beats(count)} to choose from`,
  hint: "Tap or click on a beat to choose it, drag to move along. Zoom with these buttons, two fingers, Ctrl and the wheel, or the keys + and −. Arrow keys go from beat to beat.",
  sight: "What is in sight",
  closer: "Zoom in",
  farther: "Zoom out",
  whole: "Show all",
  before: "Previous beat",
  after: "Next beat",
  beat: (number: number, of: number, seconds: string): string => `R peak ${number} of ${of}, at ${seconds} s`,
  noBeat: (of: number, seconds: string): string => `${of === 1 ? "1 R peak" : `${of} R peaks`} found; the mark is at ${seconds} s`,
  from: (milliseconds: string): string => `from ${milliseconds} milliseconds on`,
  anyStart: "Another part than a beat",
  which: (length: number): string => `Which ${length} values the model reads`,
};
