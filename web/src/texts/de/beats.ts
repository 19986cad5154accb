import type { beats as en } from "../en/beats";

export const beats: typeof en = {
  all: (count) => `Alle ${count} Schläge einordnen…`,
  some: (count) => `${count} Schläge ab dem gewählten einordnen…`,
  takes: "Was das Einordnen aller Schläge braucht",
  may: (count) => `${count} Schläge einordnen, einen nach dem anderen?`,
  price: (bytes, time) => `${bytes} werden gesendet und empfangen, in etwa ${time}, wie es bisher gedauert hat.`,
  priceOnLine: (bytes, time, line) =>
    `${bytes} werden gesendet und empfangen: etwa ${time} auf einer Leitung mit ${line} Mbit/s; was gerechnet wird, kommt dazu.`,
  unknownPrice: "Wie viel gesendet wird, ist bei diesem Modell nicht bekannt.",
  budget: (count) => `Wo der Server ein Budget hat, zählt das als ${count} Ergebnisse. Der Server erfährt, wie viele Schläge es sind, und nichts über sie.`,
  limit: (most, of, from, to) =>
    `Höchstens ${most} der ${of} Schläge werden auf einmal eingeordnet: Schlag ${from} bis ${to}. Wählen Sie einen anderen Schlag für andere.`,
  unusable: (count) => `${count === 1 ? "Ein Schlag wird" : `${count} Schläge werden`} ausgelassen: Das Modell kann sie nicht lesen.`,
  yes: (count) => `Ja, ${count} Schläge einordnen`,
  no: "Nein",
  cancel: "Abbrechen",
  progress: "Eingeordnete Schläge",
  begins: "Wird vorbereitet…",
  done: (done, of, left) => `${done} von ${of} Schlägen, noch etwa ${left}`,
  queue: (position) => `Der Server ist ausgelastet; Platz ${position} in seiner Warteschlange.`,
  lost: "Die Verbindung ist verloren und wird neu versucht.",
  took: (bytes, time) => `${bytes} wurden gesendet und empfangen, in ${time}.`,
  title: (count) => `${count} Schläge, privat eingeordnet`,
  cancelled: (done, of) => `Angehalten: ${done} von ${of} Schlägen sind eingeordnet`,
  counts: "Wie viele Schläge jeder Klasse",
  doubtful: (count) => `${count} zweifelhaft`,
  doubtfulMeans: (score) =>
    `Zweifelhaft ist ein Schlag, dessen Klasse eine Punktzahl unter ${score} hat. Auch andere können falsch sein: Punktzahlen vergleichen die Klassen miteinander und sind keine Wahrscheinlichkeiten dafür, dass es stimmt.`,
  noScores: "Der Server gibt Klassen ohne Punktzahlen preis; darum ist keiner als zweifelhaft bezeichnet.",
  doubt: "zweifelhaft",
  table: "Jeder Schlag",
  beat: "Schlag",
  time: "Zeit in s",
  class: "Klasse",
  score: "Punktzahl",
  show: (number) => `Schlag ${number} zeigen`,
};
