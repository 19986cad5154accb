import type { errors as en } from "../en/errors";

const KEPT = "Ihre Eingaben sind noch da.";

export const errors: typeof en = {
  again: "Noch einmal versuchen",
  detail: "Technische Einzelheit",
  inPhase: (detail, phase) => `${detail} (in der Phase: ${phase})`,
  damagedCode: {
    title: "Die Seite wurde unterwegs beschädigt",
    text: "Ein Teil ihres Programms ist nicht der, mit dem der Server gebaut wurde; deshalb wird nichts berechnet. Bitte laden Sie die Seite neu.",
  },
  ownFault: { title: "Etwas Unerwartetes ist schiefgegangen", text: `Die Seite hat einen eigenen Fehler. ${KEPT}` },
  busy: { title: "Der Server ist voll", text: `Alle Plätze sind gerade besetzt. Bitte versuchen Sie es gleich noch einmal. ${KEPT}` },
  modelChanged: {
    title: "Der Server hat eine andere Fassung dieses Modells",
    text: "Es ist nicht die, die diese Seite zeigt. Neuladen holt sie; notieren Sie vorher Ihre Eingaben.",
  },
  tooLarge: { title: "Dieses Modell ist zu groß für die Seite", text: "Es brauchte mehr Daten, als die Seite einem Modell erlaubt." },
  ticket: { title: "Dieser Server verlangt ein Ticket", text: `Er öffnet Sitzungen nur für die, die eines haben. ${KEPT}` },
  exhausted: {
    title: "Zurzeit kann nichts mehr berechnet werden",
    text: `Was dieser Server Ihnen erlaubt, ist aufgebraucht; unten steht, für wie lange. ${KEPT}`,
  },
  damagedModel: {
    title: "Was der Server über dieses Modell sagt, wurde unterwegs beschädigt",
    text: "Es wird nicht verwendet. Neuladen fragt noch einmal; notieren Sie vorher Ihre Eingaben.",
  },
  damaged: {
    title: "Das Ergebnis wurde unterwegs beschädigt und wird nicht gezeigt",
    text:
      "Etwas zwischen dieser Seite und dem Server hat verändert, was sie sendeten, oder die Zahlen können nicht von diesem Modell stammen. " +
      "Ihre Messwerte blieben privat. Neuladen beginnt von vorn; notieren Sie vorher Ihre Eingaben.",
  },
  version: {
    title: "Seite und Server passen nicht zusammen",
    text: "Sie sprechen verschiedene Fassungen des Protokolls. Neuladen holt meist die passende; notieren Sie vorher Ihre Eingaben.",
  },
  unknownModel: { title: "Der Server bietet dieses Modell nicht an", text: "Bitte wählen Sie ein anderes." },
  timeout: { title: "Der Server hat zu lange gebraucht", text: `Es kam keine Antwort, deshalb wurde die Verbindung geschlossen. ${KEPT}` },
  away: { title: "Der Server ist nicht zu erreichen", text: "Entweder läuft er nicht, oder das Netz ist unterbrochen." },
  awayKept: `Entweder läuft er nicht, oder das Netz ist unterbrochen. ${KEPT}`,
  full: "Alle Plätze sind gerade besetzt. Bitte versuchen Sie es gleich noch einmal.",
  unreadable: {
    title: "Seite und Server passen nicht zusammen",
    text: "Die Antwort des Servers ist keine, die diese Seite versteht. Neuladen holt meist die passende.",
  },
  input: { title: "Diese Werte können nicht verwendet werden", text: `Sie wurden abgelehnt, bevor etwas diese Seite verließ. ${KEPT}` },
  malformed: {
    title: "Die beiden Seiten waren sich nicht einig",
    text: `Eine Nachricht hatte nicht die Form, die das Protokoll verlangt; deshalb wurde die Sitzung beendet. ${KEPT}`,
  },
  internal: { title: "Etwas Unerwartetes ist schiefgegangen", text: `Die Berechnung brach mit einem eigenen Fehler ab. ${KEPT}` },
  lost: { title: "Die Verbindung ist abgerissen", text: `Sie endete, bevor ein Ergebnis da war. Ihre Messwerte blieben privat. ${KEPT}` },
  noProtocol: "der Programmteil des Protokolls konnte nicht geladen werden",
};
