import type { page as en } from "../en/page";

export const page: typeof en = {
  documentTitle: "Sotto · private Diagnose",
  skip: "Zum Formular springen",
  demonstration: "Forschungsdemonstration.",
  noDevice: "Kein Medizinprodukt; stützen Sie keine Behandlung darauf.",
  headline: "Eine Diagnose, ohne Ihre Daten zu zeigen",
  lead:
    "Ihre Messwerte, Bilder und Aufzeichnungen bleiben in diesem Browser; das Modell, das trainiert wurde, sie zu beurteilen, bleibt auf " +
    "seinem Server. Beide berechnen das Ergebnis gemeinsam mit maskierten Zahlen, und nur diese Seite kann es lesen.",
  language: "Sprache",
  choose: "Wählen Sie ein Modell",
  asking: "Der Server wird nach seinen Modellen gefragt …",
  noModels: "Dieser Server bietet keine Modelle an.",
  model: "Modell",
  modelTitle: (title) => `${title} · Sotto`,
  changeModel: { words: "Ändern", label: "Ändern: anderes Modell" },
  foreign: {
    models: (languages) => `Die Texte der Modelle sind von ihren Anbietern und auf ${languages}.`,
    model: (language) => `Die Texte dieses Modells sind von seinem Anbieter und auf ${language}, auch seine Antwort.`,
  },
  takes: (time, bytes) => `dauert etwa ${time}, überträgt ${bytes}`,
  needs: {
    fields: (count) => `Braucht ${count} Messwerte`,
    image: "Braucht ein Bild",
    signal: (seconds) => `Braucht eine Aufzeichnung; gelesen werden ${seconds} s davon`,
  },
  noPlace: "Dafür ist hier kein Platz. Bilder und Signale: Wählen Sie zuerst ihr Modell. Messwerte: eine Tabelle mit einer Spalte für jeden.",
  dropHere: "Legen Sie sie irgendwo ab: Sie bleibt in dieser Seite.",
  forget: {
    about: "Was Sie eingeben, bleibt nur in diesem Tab, bis er geschlossen wird.",
    button: "Alles Eingegebene löschen",
  },
  lacks: {
    title: "Dieser Browser kann die private Berechnung nicht ausführen",
    webassembly: "Er hat kein WebAssembly, oder es ist abgeschaltet. Aktuelle Browser haben es; manche schalten es in einem Modus mit mehr Schutz ab.",
    simd: "Seinem WebAssembly fehlen SIMD-Befehle. Aktuelle Browser haben sie.",
    worker: "Er hat keine Worker. Aktuelle Browser haben sie.",
  },
  unusable: (problem) => `Diese Seite kann nicht zeigen, was das Modell liest: ${problem}.`,
  about: {
    title: "Was geschützt ist und was nicht",
    items: [
      "Der Server erfährt, welches Modell Sie wann benutzen und wie groß die Nachrichten sind. Ihre Eingaben, Dateien und das Ergebnis " +
        "erfährt er nicht, solange er sich an das Protokoll hält („semi-honest“).",
      "Diese Seite erfährt das Ergebnis und die Form des Netzes, nicht seine Gewichte.",
      "Diese Seite kam vom selben Server. Wer eine Seite ausliefert, könnte auch eine unehrliche ausliefern: Für echte Geheimnisse laden " +
        "Sie die Seite von jemandem, dem Sie vertrauen.",
    ],
  },
  selfTest: {
    title: "Die Kryptographie dieses Browsers prüfen",
    about: "Rechnet hier und jetzt die Bausteine mit bekannten Ergebnissen nach.",
    run: "Tests ausführen",
    running: "Die Tests laufen …",
    failed: (why) => `Sie konnten nicht ausgeführt werden: ${why}`,
    notLoaded: "der Worker konnte nicht geladen werden",
    passed: (passed, all) => `${passed} von ${all} Tests bestanden.`,
    kernels: (platform) => ` Rechenkerne in Gebrauch: ${platform}.`,
  },
};
