import type { leaving as en } from "../en/leaving";

export const leaving: typeof en = {
  title: "Was diese Seite verlassen hat",
  lead: (what) =>
    `${what} wurde zu einer ganzen Zahl, und davon wurde eine frische Zufallszahl abgezogen, die nur diese Seite kennt. ` +
    "Die Differenz ist alles, was der Server davon bekam. Jede Differenz ist gleich wahrscheinlich, was immer eingegeben wurde; sie " +
    "verrät also nichts. Alles Weitere war ebenso mit frischem Zufall maskiert.",
  what: {
    fields: "Jeder Messwert",
    grey: "Jede Graustufe",
    colour: "Jede Farbe jedes Bildpunkts",
    signal: "Jeder Wert des Signals",
  },
  bytesTitle: "Alle gesendeten Bytes, nach ihrem Wert",
  bytesText: (bytes, messages) =>
    `Seit sie verbunden ist, hat diese Seite ${bytes} in ${messages} Nachrichten gesendet. Trügen sie lesbare Daten, so fielen einige ` +
    "Bytes auf, wie Buchstaben in einem Text. Zufällige Bytes ergeben ein flaches Bild: Jeder der 256 Werte kommt etwa gleich oft vor.",
  messages: (count) => (count === "1" ? "einer Nachricht" : `${count} Nachrichten`),
  receipts: (bytes, messages) =>
    ` Daneben sagten ${bytes} Text in ${messages}, wie viele des Servers angekommen waren und welche Sitzung nach einem Abriss weitergeht.`,
  sentTitle: "Was die Seite sendete",
  flat: "Flach: so gleichmäßig wie zufällige Bytes. Die Linie ist der Mittelwert; fast alle Balken zufälliger Daten enden im getönten Band.",
  notFlat:
    "Nicht ganz flach: Die Begrüßung ist nicht zufällig, und Teile von Nachrichten sind mit Nullen zu ganzen Bytes aufgefüllt. " +
    "Beides hängt nicht von der Eingabe ab.",
  plainTitle: "Zum Vergleich: die ganzen Zahlen selbst",
  plainText: "So sähe dasselbe Bild aus, wenn die Zahlen unmaskiert gesendet worden wären. Das wurden sie nicht.",
  totalBytes: (count) => `${count} Bytes`,
  firstByte: "Byte 0",
  privatePicture: "Das private Bild",
  yourPicture: "Ihr Bild, wie das Modell es liest",
  stays: "bleibt hier",
  noise: "Das maskierte Bild: Rauschen",
  maskedPicture: "Das maskierte Bild",
  drawnGrey: (bits) => `gesendet: ${bits} Bit je Graustufe, gezeichnet mit den oberen 8`,
  drawnColour: (bits) => `gesendet: ${bits} Bit je Farbstufe, gezeichnet mit den oberen 8`,
  privateSignal: "Das private Signal",
  yourSignal: "Ihr Signal, wie das Modell es liest",
  noiseSignal: "Das maskierte Signal: Rauschen",
  maskedSignal: "Das maskierte Signal",
  drawnSignal: (bits) => `gesendet: ${bits} Bit je Wert`,
  colours: { red: ", Rot", green: ", Grün", blue: ", Blau" },
  pixel: (row, column, colour) => `Zeile ${row}, Spalte ${column}${colour}`,
  moment: (milliseconds) => `Bei ${milliseconds}\u00a0ms`,
  some: (shown, all) => `${shown} der ${all} Werte, privat und wie sie gesendet wurden`,
  all: "privat und wie sie gesendet wurden",
  table: "Private und maskierte Werte",
  measurement: "Messwert",
  value: "Wert",
  entered: "Ihre Angabe",
  greyLevel: "Graustufe",
  level: "Stufe",
  signalIn: (unit) => `Signal, ${unit}`,
  integer: "Als ganze Zahl",
  masked: "Maskiert",
  sentBits: (bits) => `gesendet, ${bits}\u00a0Bit`,
  showAll: (count) => `Alle ${count} zeigen`,
  showFirst: (count) => `Nur die ersten ${count} zeigen`,
};
