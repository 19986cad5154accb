import type { batch as en } from "../en/batch";

export const batch: typeof en = {
  title: (count) => `${count} Ergebnisse`,
  row: (number) => `Zeile ${number}`,
  chosen: (count) => `${count} Eingaben, eine nach der anderen:`,
  summary: (count) => `${count} Eingaben`,
  beat:
    "Von jeder Aufzeichnung liest das Modell einen Schlag: den, dessen R-Zacke am meisten hervorsticht. Um einen anderen zu wählen oder alle " +
    "Schläge einzuordnen, nehmen Sie eine Aufzeichnung allein.",
  part:
    "Von jeder Aufzeichnung liest das Modell den Teil, in dem ein Wert am meisten hervorsticht. Um einen anderen zu wählen, nehmen Sie eine " +
    "Aufzeichnung allein.",
  forget: "Auswahl aufheben",
  tooMany: (count, most) => `Das sind ${count} Eingaben; höchstens ${most} werden nacheinander gerechnet.`,
  invitation: (count) => `${count} private Ergebnisse holen`,
  input: "Eingabe",
  answer: "Antwort",
  clear: "Wie eindeutig",
  waits: "wartet",
  notRun: "nicht gerechnet",
  done: (done, all) => `${done} von ${all} fertig.`,
};
