import type { batch as en } from "../en/batch";

export const batch: typeof en = {
  title: (count) => `${count} Ergebnisse`,
  row: (number) => `Zeile ${number}`,
  chosen: (count) => `${count} Eingaben, eine nach der anderen:`,
  summary: (count) => `${count} Eingaben`,
  forget: "Vergessen",
  tooMany: (count, most) => `Das sind ${count} Eingaben; höchstens ${most} werden nacheinander gerechnet.`,
  invitation: (count) => `${count} private Ergebnisse holen`,
  input: "Eingabe",
  answer: "Antwort",
  clear: "Wie eindeutig",
  waits: "wartet",
  notRun: "nicht gerechnet",
  done: (done, all) => `${done} von ${all} fertig.`,
};
