/** Several inputs in a row. */

export const batch = {
  title: (count: number) => `${count} results`,
  row: (number: number) => `Row ${number}`,
  chosen: (count: number) => `${count} inputs, one after the other:`,
  summary: (count: number) => `${count} inputs`,
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
