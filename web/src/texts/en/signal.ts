/** Signals: choosing one, what a file leaves open, which part is read, and what speaks against it. */

export const signal = {
  title: "Choose a recording",
  samples: "Try a sample:",
  what: "a recording",
  hint:
    "EDF, DICOM, WFDB (the .hea and .dat files together) or CSV (a column of numbers, best with one of times beside it). What the file does not " +
    "tell is asked.",
  partUnusable: "The chosen part cannot be used: see above.",
  open: "The file leaves something open: answer the questions first.",
  asksAlone: "The file leaves something open that would have to be asked: take it alone.",
  missing: "There is no recording yet: choose a sample or a file.",
  isSample: (name: string, count: number) => `The sample “${name}” is made of ${count} values: nothing is converted.`,
  column: "Column of the signal",
  unnamed: (number: number) => `column ${number}`,
  leavesOpen: (name: string) => `“${name}” was read in this page. It leaves something open: see below.`,
  preparing: (name: string) => `“${name}” was read in this page, and is being prepared…`,
  drawing: (label: string, length: number, unit: string, milliseconds: string) => `${label}: ${length} values in ${unit} over ${milliseconds} milliseconds`,
  reads: (length: number) => `What the model reads: ${length} values`,
  dots: (count: number): string =>
    count === 0 ? "" : count === 1 ? "; the dot is the R peak that was found" : "; the dots are the R peaks that were found",
  howRead: "How the file becomes what the model reads",
  or: " or ",
  range: (min: string, max: string) => `${min} to ${max}`,
  warnings: {
    unknownLead: (leads: string, name: string) => `The model was made for lead ${leads}. The file does not tell which lead “${name}” is.`,
    otherLead: (leads: string, lead: string) =>
      `The model was made for lead ${leads}, and this is lead ${lead}: beats look different there, and the result may be wrong.`,
    beatDown: "The beat points down. Ventricular beats can; in an inverted lead (electrodes exchanged) all do.",
    inverted: (down: number, of: number) =>
      `The signal seems to be inverted: ${down} of ${of} beats point down. Electrodes may have been exchanged.`,
    noPeak: "No R peak was found in this part: it may not be a heartbeat.",
    beside: (label: string, milliseconds: string) => `The mark “${label}” lies ${milliseconds} ms beside the nearest R peak that was found.`,
    amplitude: (height: string, unit: string, range: string) =>
      `This part spreads over ${height} ${unit}. The model was made for ${range} ${unit}: the unit or the gain may be wrong.`,
    rate: (rate: string, range: string) => `The recording has ${rate} values a second. The model was made for recordings of ${range}.`,
    noisy: "R peaks hardly stand out from the rest of this signal: it is noisy, or no electrocardiogram.",
    noHeart: (beats: string) => `The R peaks that were found make ${beats} beats a minute: the rate may be wrong, or this is no heart.`,
    cut: (end: string, unit: string) => `The signal is cut off at ${end} ${unit}: what is beyond was not recorded.`,
    still: (milliseconds: string) => `For ${milliseconds} ms of this part the signal does not move: an electrode may have been off.`,
  },
  questions: {
    title: "What the file does not tell",
    positive: (example: number) => `Give a number above 0, such as ${example}.`,
    any: "Give a number, such as 0 or 1024.",
    from: (rate: string, where: string) => `${rate}, from ${where}`,
    rate: "Values per second",
    gain: "Counts per millivolt",
    zero: "Count at 0 mV",
    recorder: "The file's header or its recorder tells.",
    unit: "Unit of the values",
    noRate: "The file does not tell how many values a second it has.",
    unitNotRead: "The file is not looked at for its unit.",
    spread: (unit: string, width: string) => `${unit}: they spread over ${width}`,
    small: ", too little for an electrocardiogram",
    large: ", too much for an electrocardiogram",
    counts: "counts of a converter",
    noUnit: (name: string, looks: string) => `The file does not tell the unit of “${name}”${looks}.`,
    needsGain: (name: string) => `“${name}” has counts of a converter: millivolts need its gain and zero.`,
    implausible: (name: string, unit: string, width: string, small: boolean) =>
      `The file has “${name}” in ${unit}, but then its values spread over ${width}, ${small ? "less" : "more"} than those of an electrocardiogram.`,
    scaled: (low: string) => `. They go from exactly ${low} to exactly 1, as after scaling: then no unit is right, and the model cannot read them`,
    whole: ". All are whole numbers, as counts of a converter are",
  },
  steps: {
    said: ", as you said",
    after: (times: string) => ` after ${times}`,
    rate: (given: string, source: string, wanted: string, slowest: string, fastest: string) =>
      `This file has ${given} values per second${source}. The model reads ${wanted}; from ${slowest} to ${fastest} can be converted.`,
    values: (count: number) => `${count} values`,
    inColumn: (count: string, name: string) => `${count} in the column “${name}”`,
    gaps: (count: number) => ` ${count} of them ${count === 1 ? "is a gap" : "are gaps"}.`,
    perSecond: (rate: string, source: string, same: boolean) => `${rate} per second${source}${same ? ", as the model reads them" : ""}`,
    counts: (gain: string, zero: string) => `Counts, as you said: ${gain} are 1 mV, and ${zero} is 0 mV.`,
    byYou: "as you said",
    byFile: "as the file says",
    unit: (unit: string, who: string) => `In ${unit}, ${who}.`,
    larger: (unit: string, factor: string, wanted: string) => `1 ${unit} is ${factor} ${wanted}`,
    smaller: (factor: string, unit: string, wanted: string) => `${factor} ${unit} are 1 ${wanted}`,
    converted: (unit: string, who: string, equal: string) => `In ${unit}, ${who}: ${equal}.`,
    filter: (down: boolean, taps: number, pass: string, half: string, stop: string, rate: string, count: number) =>
      `${down ? "Low-pass before the rate goes down" : "Interpolated by a low-pass"}: windowed sinc (Kaiser, ${taps} taps), gain 1 up to ${pass} Hz, ` +
      `½ at ${half} Hz, below 0.001 from ${stop} Hz on; reflected at the ends. At ${rate} per second these are ${count} values.`,
    flat: (name: string, level: string) => `“${name}” is a flat line: every value is ${level}. That is no electrocardiogram.`,
  },
  part: {
    short: (count: number, rate: string, length: number, milliseconds: string) =>
      `This signal is too short: ${count} values at ${rate} per second. The model reads ${length}, that is ${milliseconds} ms.`,
    gap: (count: number, of: number, from: number) =>
      `This part has a gap: ${count} of its ${of} values, from the ${ordinal(from)} on, ${count === 1 ? "is missing" : "are missing"} in the file, ` +
      "or would be made of missing ones. Choose another part.",
    outside: (index: number, value: string, range: string, unit: string) =>
      `Value ${index} of this part is ${value}, and the model takes ${range} ${unit}. Perhaps the file counts in another unit.`,
    flat: (height: string, unit: string) =>
      `This part is a flat line: its values spread over ${height} ${unit}. There is no heartbeat to be seen.`,
    all: (length: number) => `All ${length} values are used.`,
    at: (from: number, to: number, of: number, milliseconds: string) => `values ${from} to ${to} of ${of}, from ${milliseconds} ms on`,
    mark: (label: string) => `the mark “${label}”`,
    middle: "the middle",
    peak: (number: number, of: number, height: string, unit: string, place: string, at: string) =>
      `R peak ${number} of ${of}, ${height} ${unit} from the median around it, lies at ${place}: ${at}.`,
    byDefault: (which: string) => `Chosen as the farthest from its median: ${which}`,
    byYou: (which: string) => `Chosen by you: ${which}`,
    farthest: (value: string, unit: string, place: string, at: string) =>
      `Chosen so that the value farthest from the median, ${value} ${unit}, lies at ${place}: ${at}.`,
  },
};

function ordinal(n: number): string {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
}
