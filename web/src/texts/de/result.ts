import type { result as en } from "../en/result";

export const result: typeof en = {
  label: "Ergebnis",
  private: "Privates Ergebnis",
  time: "Vom Klick zum Ergebnis",
  sent: "Gesendet",
  received: "Empfangen",
  version: "Fassung des Modells",
  digest: (digest) => `SHA-256 von Karte und Programm: ${digest}`,
  readiness: {
    cold: "Darin ist das Vorbereiten der Masken enthalten: Der Knopf wurde gedrückt, bevor sie bereit waren.",
    ready: "Die Masken waren bereit, bevor Sie den Knopf drückten.",
    waited: "Die Masken waren bereit, bevor Sie den Knopf drückten; die Zeit enthält das Vorbereiten der nächsten, das schon begonnen hatte.",
  },
  confidence: {
    clear: (score, other, rival) => `Eindeutig: ${score} für diese Antwort, ${rival} für „${other}“.`,
    fair: (score, other, rival) => `Recht eindeutig: ${score} für diese Antwort, ${rival} für „${other}“.`,
    close: (score, other, rival) => `Knapp: ${score} für diese Antwort, ${rival} für „${other}“. Werten Sie es als unentschieden.`,
    hidden: "Der Server gibt nur die Entscheidung preis: Wie knapp sie war, erfährt niemand.",
  },
  keep: { json: "Als Datei sichern (JSON)", print: "Drucken oder als PDF sichern" },
  paper: {
    at: "Berechnet",
    digest: "Modell, SHA-256 von Karte und Programm",
    page: "Seite",
    left: "Was die Seite verlassen hat",
    masked: (count, sent, received) => `${count} maskierte Zahlen; ${sent} gesendet, ${received} empfangen`,
  },
  next: { answer: "Weitere Antwort holen", diagnosis: "Weitere Diagnose holen" },
  technical: "Technisch: Prüfung, Zeit, Bytes und Fassung",
  equal: "An diesem Beispiel geprüft: Privat berechnet ist das Ergebnis genau dasselbe wie offen berechnet.",
  different: "Anders als die offene Berechnung. Das ist ein Fehler; bitte melden Sie ihn.",
  privateIntegers: "privat ",
  plainIntegers: " · offen ",
  inAll: (count) => `… (${count} insgesamt)`,
  wrongHere: "Hier irrt das Modell. ",
  recordedAndAnswer: (recorded, answer) => `Vermerkt: ${recorded}; Antwort des Modells: ${answer}.`,
  recorded: (recorded) => `Vermerkt: ${recorded}.`,
  recordedAgrees: (noun, recorded, same) =>
    `Vermerkte ${noun === "answer" ? "Antwort" : "Diagnose"}: ${recorded}. Das Modell ${same ? "stimmt überein" : "weicht ab"}.`,
  synthetic: (noun) =>
    `Das Beispiel ist künstlich: Es gehört niemandem und hat keine wahre ${noun === "answer" ? "Antwort" : "Diagnose"}.`,
  ownInput: {
    fields:
      "Das sind Ihre eigenen Werte; niemand hat ein offenes Ergebnis zum Vergleich. Laden Sie einen Beispielpatienten unverändert, um den Vergleich zu sehen.",
    image:
      "Das ist Ihr eigenes Bild; niemand hat ein offenes Ergebnis zum Vergleich. Laden Sie ein Beispiel unverändert, um den Vergleich zu sehen.",
    signal:
      "Das ist Ihr eigenes Signal; niemand hat ein offenes Ergebnis zum Vergleich. Laden Sie ein Beispiel unverändert, um den Vergleich zu sehen.",
  },
  value: (label, value) => `${label}: ${value}`,
  noFinding: "kein Befund",
  findings: "Befunde",
  findingsNote: "Ein Befund gilt als vorhanden, wenn seine Punktzahl die Marke überschreitet. Punktzahlen sind keine Wahrscheinlichkeiten einer Krankheit.",
  outside: (range) => `Das liegt außerhalb dessen, wofür das Modell gemacht wurde${range}: Verlassen Sie sich nicht darauf.`,
  range: (min, max) => ` (${min} bis ${max})`,
  classScores: "Punktzahlen der möglichen Antworten",
  classNumber: (index) => `Klasse ${index}`,
  scoresNote: {
    diagnosis: "Die Punktzahlen vergleichen die möglichen Antworten miteinander. Sie sind keine Wahrscheinlichkeit einer Krankheit.",
    answer: "Die Punktzahlen vergleichen die möglichen Antworten miteinander. Sie sagen nicht, wie wahrscheinlich sie stimmen.",
  },
  largest: (top, all) => ` Gezeigt sind die größten ${top} von ${all}.`,
  present: "vorhanden",
  absent: "nicht vorhanden",
  heldOut: { fields: "Patienten", image: "Bildern", signal: "Signalen" },
  ofFindings: "den Befunden von ",
  headlineError: (error, held) => `Geprüft an ${held}, die das Modell nicht kannte: im Mittel um ${error} daneben.`,
  headlineRight: (share, findings, held, majority) => `Geprüft an ${findings}${held}, die das Modell nicht kannte: bei ${share} richtig${majority}.`,
  headlineRecalls: (recalls) => `Es erkennt ${recalls}.`,
  headlineMajority: (share) => ` (immer die häufigste Antwort zu geben: ${share})`,
  headlineRecall: (share, name) => `${share} bei „${name}“`,
  ofHundred: (count, of) => `${count}\u00a0von\u00a0${of}`,
  untested: "Wie gut es geprüft wurde, ist nicht bekannt.",
  majority: (share) => ` (immer die häufigste Antwort zu geben: ${share})`,
  recall: (share, name) => `${share} von „${name}“`,
  baseline: (figure, source) => `Zum Vergleich ${figure}: ${source ?? "ein einfaches Verfahren"}.`,
  accuracyError: (error, rows, held) => `Geprüft an ${rows} ${held}, die es nicht kannte (Testdaten), liegt dieses Modell im Mittel um ${error} daneben.`,
  accuracyRight: (share, findings, rows, held, majority) =>
    `Geprüft an ${findings}${rows} ${held}, die es nicht kannte (Testdaten), hat dieses Modell in ${share} der Fälle recht${majority}.`,
  accuracyRecalls: (recalls, balanced, findings) =>
    `Es erkennt ${recalls}${balanced === null ? "" : `: ${balanced} im Mittel über ${findings ? "Vorhandensein und Fehlen" : "die Klassen"}`}.`,
  canBeWrong: "Bei Ihnen kann es falsch liegen.",
  overflow: {
    excluded: "Die ganzen Zahlen des Programms haben Platz für jede Eingabe, die diese Seite annimmt: Keine bekommt durch Überlauf ein falsches Ergebnis.",
    tooFew: (rows) => `${rows} Zeilen an Daten sind zu wenige, um zu schätzen, wie oft das geschieht`,
    odds: (rows, power) => `die geschätzte Wahrscheinlichkeit für Eingaben wie die ${rows}, an die es angepasst wurde, liegt unter 2^${power}`,
    found: (count, shown, probed) =>
      count === 0 ? `keine von ${probed} extremen Eingaben einer Suche tut es` : `${shown} von ${probed} extremen Eingaben einer Suche tun es`,
    margin: (bits, odds, found) =>
      `Eine Eingabe, die die ganzen Zahlen des Programms über ihren Spielraum (${bits} Bit) hinaustreibt, bekäme ein falsches Ergebnis: ${odds}; ${found}.`,
  },
};
