import type { page as en } from "../en/page";

export const page: typeof en = {
  documentTitle: "Sotto · private Diagnose",
  skip: "Zum Formular springen",
  demonstration: "Forschungsdemonstration.",
  noDevice: "Kein Medizinprodukt; stützen Sie keine Behandlung darauf.",
  headline: "Eine Diagnose, ohne Ihre Daten zu zeigen",
  lead:
    "Ihre Messwerte, Bilder und Signale bleiben in diesem Browser. Die Gewichte des Netzes bleiben auf dem Server. Beide berechnen das " +
    "Ergebnis gemeinsam auf maskierten Zahlen, und nur diese Seite kann es lesen.",
  language: "Sprache",
  choose: "Wählen Sie ein Modell",
  asking: "Der Server wird nach seinen Modellen gefragt …",
  noModels: "Dieser Server bietet keine Modelle an.",
  modelCost: (preparing, online) => `${preparing} zur Vorbereitung, ${online} je Ergebnis`,
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
