/** Several inputs in a row. */

export const batch = {
  title: (count: number) => `${count} results`,
  row: (number: number) => `Row ${number}`,
  chosen: (count: number) => `${count} inputs, one after the other:`,
  summary: (count: number) => `${count} inputs`,
  beat:
    "Of each recording the model reads one beat: the one whose R peak stands out most. To choose another, or to classify all beats, take one " +
    "recording alone.",
  part: "Of each recording the model reads the part in which a value stands out most. To choose another, take one recording alone.",
  forget: "Forget them",
  tooMany: (count: number, most: number) => `These are ${count} inputs; at most ${most} are run in a row.`,
  invitation: (count: number) => `Get ${count} private results`,
  input: "Input",
  answer: "Answer",
  clear: "How clear",
  waits: "waits",
  notRun: "not run",
  done: (done: number, all: number) => `${done} of ${all} done.`,
};
