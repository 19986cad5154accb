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
  equal: "Gleich der offenen Berechnung, Bit für Bit.",
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
  findingsNote: "Ein Befund gilt als vorhanden, wenn sein Wert die Marke überschreitet. Die Werte sind keine Wahrscheinlichkeiten einer Krankheit.",
  outside: (range) => `Das liegt außerhalb dessen, wofür das Modell gemacht wurde${range}: Verlassen Sie sich nicht darauf.`,
  range: (min, max) => ` (${min} bis ${max})`,
  classScores: "Werte der Klassen",
  classNumber: (index) => `Klasse ${index}`,
  scoresNote: {
    diagnosis: "Die Werte vergleichen die Klassen miteinander. Sie sind keine Wahrscheinlichkeit einer Krankheit.",
    answer: "Die Werte vergleichen die Klassen miteinander. Sie sagen nicht, wie wahrscheinlich sie stimmen.",
  },
  largest: (top, all) => ` Gezeigt sind die größten ${top} von ${all}.`,
  present: "vorhanden",
  absent: "nicht vorhanden",
  heldOut: { fields: "Patienten", image: "Bildern", signal: "Signalen" },
  ofFindings: "den Befunden von ",
  headlineError: (error, held) => `im Mittel um ${error} daneben, bei ${held}, die es nicht kannte`,
  headlineRight: (share, findings, held, majority) => `${share} richtig bei ${findings}${held}, die es nicht kannte${majority}`,
  headlineRecalls: (recalls) => `erkennt ${recalls}`,
  majority: (share) => `, wo immer die häufigste Antwort zu ${share} richtig ist`,
  recall: (share, name) => `${share} von „${name}“`,
  baseline: (figure, source) => `Zum Vergleich ${figure}: ${source ?? "ein einfaches Verfahren"}.`,
  accuracyError: (error, rows, held) => `Dieses Modell liegt im Mittel um ${error} daneben, bei ${rows} ${held}, mit denen es nicht trainiert wurde.`,
  accuracyRight: (share, findings, rows, held, majority) =>
    `Dieses Modell hat in ${share} von ${findings}${rows} ${held} recht, mit denen es nicht trainiert wurde${majority}.`,
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
