/** What came out, how good the model is, and whether the private result is the plain one. */

type Kind = "fields" | "image" | "signal";

export const result = {
  label: "Result",
  private: "Private result",
  time: "Click to result",
  sent: "Sent",
  received: "Received",
  version: "Model version",
  digest: (digest: string) => `SHA-256 of card and program: ${digest}`,
  readiness: {
    cold: "This includes preparing the masks: the button was pressed before they were ready.",
    ready: "The masks were ready before you pressed the button.",
    waited: "The masks were ready before you pressed the button; the time includes preparing the next ones, which had begun.",
  },
  confidence: {
    clear: (score: string, other: string, rival: string) => `Clear: ${score} for this answer, ${rival} for “${other}”.`,
    fair: (score: string, other: string, rival: string) => `Fairly clear: ${score} for this answer, ${rival} for “${other}”.`,
    close: (score: string, other: string, rival: string) =>
      `A close call: ${score} for this answer, ${rival} for “${other}”. Treat it as undecided.`,
    hidden: "The server gives away the decision alone: how close it was, nobody learns.",
  },
  keep: { json: "Save as a file (JSON)", print: "Print or save as PDF" },
  paper: {
    at: "Computed",
    digest: "Model, SHA-256 of card and program",
    page: "Page",
    left: "What left the page",
    masked: (count: string, sent: string, received: string) => `${count} masked numbers; ${sent} sent, ${received} received`,
  },
  next: { answer: "Get another answer", diagnosis: "Get another diagnosis" },
  technical: "Technical: tests, time, bytes and version",
  equal: "Checked with this sample: computed in private, the result is exactly the same as computed openly.",
  different: "Different from the plain computation. This is a fault; please report it.",
  privateIntegers: "private ",
  plainIntegers: " · plain ",
  inAll: (count: string) => `… (${count} in all)`,
  wrongHere: "The model is wrong here. ",
  recordedAndAnswer: (recorded: string, answer: string) => `Recorded: ${recorded}; the model's answer: ${answer}.`,
  recorded: (recorded: string) => `Recorded: ${recorded}.`,
  recordedAgrees: (noun: "answer" | "diagnosis", recorded: string, same: boolean) =>
    `Recorded ${noun}: ${recorded}. The model ${same ? "agrees" : "does not"}.`,
  synthetic: (noun: "answer" | "diagnosis") => `The sample is synthetic: it belongs to nobody, and has no true ${noun}.`,
  ownInput: {
    fields:
      "These are your own values, so nobody holds a plain result to compare with. Load a sample patient unchanged to see the comparison.",
    image: "This is your own picture, so nobody holds a plain result to compare with. Load a sample unchanged to see the comparison.",
    signal: "This is your own signal, so nobody holds a plain result to compare with. Load a sample unchanged to see the comparison.",
  } satisfies Record<Kind, string>,
  value: (label: string, value: string) => `${label}: ${value}`,
  noFinding: "no finding",
  findings: "Findings",
  findingsNote: "A finding counts as present when its score passes its mark. Scores are not probabilities of disease.",
  outside: (range: string) => `This is outside of what the model was made to answer${range}: do not rely on it.`,
  range: (min: string, max: string) => ` (${min} to ${max})`,
  classScores: "Scores of the possible answers",
  classNumber: (index: number) => `Class ${index}`,
  scoresNote: {
    diagnosis: "Scores compare the possible answers with each other. They are not a probability of disease.",
    answer: "Scores compare the possible answers with each other. They are not probabilities of being right.",
  },
  largest: (top: number, all: string) => ` These are the largest ${top} of ${all}.`,
  present: "present",
  absent: "absent",
  heldOut: { fields: "patients", image: "pictures", signal: "signals" } satisfies Record<Kind, string>,
  ofFindings: "the findings of ",
  headlineError: (error: string, held: string) => `Tested on ${held} that it had not seen: ${error} off on average.`,
  headlineRight: (share: string, findings: string, held: string, majority: string) =>
    `Tested on ${findings}${held} that it had not seen: right for ${share}${majority}.`,
  headlineRecalls: (recalls: string) => `It recognises ${recalls}.`,
  headlineMajority: (share: string) => ` (always giving the most frequent answer: ${share})`,
  headlineRecall: (share: string, name: string) => `${share} that are “${name}”`,
  ofHundred: (count: string, of: string) => `${count}\u00a0of\u00a0${of}`,
  untested: "How well it was tested is not known.",
  majority: (share: string) => ` (always giving the most frequent answer: ${share})`,
  recall: (share: string, name: string) => `${share} of “${name}”`,
  baseline: (figure: string, source: string | undefined) => `For comparison, ${figure}: ${source ?? "a simple method"}.`,
  accuracyError: (error: string, rows: string, held: string) =>
    `Tested on ${rows} ${held} that it had not seen (a held-out test set), this model is off by ${error} on average.`,
  accuracyRight: (share: string, findings: string, rows: string, held: string, majority: string) =>
    `Tested on ${findings}${rows} ${held} that it had not seen (a held-out test set), this model is right for ${share}${majority}.`,
  accuracyRecalls: (recalls: string, balanced: string | null, findings: boolean) =>
    `It recognises ${recalls}${balanced === null ? "" : `: ${balanced} on the mean of ${findings ? "presence and absence" : "the classes"}`}.`,
  canBeWrong: "It can be wrong about you.",
  overflow: {
    excluded: "The program's integers have room for every input that the page accepts: none gets a wrong result by overflow.",
    tooFew: (rows: string) => `${rows} rows of data are too few to estimate how often that happens`,
    odds: (rows: string, power: string) => `the estimated probability for inputs like the ${rows} that it was fitted to is below 2^${power}`,
    found: (count: number, shown: string, probed: string) =>
      count === 0 ? `none of ${probed} extreme inputs of a search does` : `${shown} of ${probed} extreme inputs of a search do`,
    margin: (bits: number, odds: string, found: string) =>
      `An input that drives the program's integers beyond their margin (${bits} bits) would get a wrong result: ${odds}; ${found}.`,
  },
};
