import type { signal as en } from "../en/signal";

export const signal: typeof en = {
  title: "Wählen Sie eine Aufzeichnung",
  samples: "Versuchen Sie ein Beispiel:",
  what: "Aufzeichnung",
  hint:
    "EDF, DICOM, WFDB (die .hea- und .dat-Datei zusammen) oder CSV (eine Spalte Zahlen, am besten eine mit Zeiten daneben). Was die Datei nicht " +
    "sagt, wird erfragt.",
  partUnusable: "Der gewählte Teil kann nicht verwendet werden: siehe oben.",
  open: "Die Datei lässt etwas offen: Beantworten Sie zuerst die Fragen.",
  asksAlone: "Die Datei lässt etwas offen, wonach gefragt werden müsste: Nehmen Sie sie allein.",
  missing: "Es ist noch keine Aufzeichnung da: Wählen Sie ein Beispiel oder eine Datei.",
  isSample: (name, count) => `Das Beispiel „${name}“ besteht aus ${count} Werten: Es wird nichts umgerechnet.`,
  column: "Spalte des Signals",
  unnamed: (number) => `Spalte ${number}`,
  leavesOpen: (name) => `„${name}“ wurde in dieser Seite gelesen. Etwas bleibt offen: siehe unten.`,
  preparing: (name) => `„${name}“ wurde in dieser Seite gelesen und wird aufbereitet …`,
  drawing: (label, length, unit, milliseconds) => `${label}: ${length} Werte in ${unit} über ${milliseconds} Millisekunden`,
  reads: (length) => `Was das Modell liest: ${length} Werte`,
  dots: (count) => (count === 0 ? "" : count === 1 ? "; der Punkt ist die gefundene R-Zacke" : "; die Punkte sind die gefundenen R-Zacken"),
  howRead: "Wie aus der Datei wird, was das Modell liest",
  or: " oder ",
  range: (min, max) => `${min} bis ${max}`,
  warnings: {
    unknownLead: (leads, name) => `Das Modell wurde für Ableitung ${leads} gemacht. Die Datei sagt nicht, welche Ableitung „${name}“ ist.`,
    otherLead: (leads, lead) =>
      `Das Modell wurde für Ableitung ${leads} gemacht, und das ist Ableitung ${lead}: Schläge sehen dort anders aus, und das Ergebnis kann falsch sein.`,
    beatDown: "Der Schlag zeigt nach unten. Ventrikuläre Schläge können das; in einer umgekehrten Ableitung (vertauschte Elektroden) tun es alle.",
    inverted: (down, of) => `Das Signal scheint umgekehrt zu sein: ${down} von ${of} Schlägen zeigen nach unten. Vielleicht sind Elektroden vertauscht.`,
    noPeak: "In diesem Teil wurde keine R-Zacke gefunden: Vielleicht ist es kein Herzschlag.",
    beside: (label, milliseconds) => `Die Marke „${label}“ liegt ${milliseconds} ms neben der nächsten gefundenen R-Zacke.`,
    amplitude: (height, unit, range) =>
      `Dieser Teil reicht über ${height} ${unit}. Das Modell wurde für ${range} ${unit} gemacht: Einheit oder Verstärkung können falsch sein.`,
    rate: (rate, range) => `Die Aufzeichnung hat ${rate} Werte je Sekunde. Das Modell wurde für Aufzeichnungen mit ${range} gemacht.`,
    noisy: "R-Zacken ragen kaum aus diesem Signal heraus: Es rauscht, oder es ist kein EKG.",
    noHeart: (beats) => `Die gefundenen R-Zacken ergeben ${beats} Schläge je Minute: Die Rate kann falsch sein, oder das ist kein Herz.`,
    cut: (end, unit) => `Das Signal ist bei ${end} ${unit} abgeschnitten: Was darüber hinausgeht, wurde nicht aufgezeichnet.`,
    still: (milliseconds) => `Über ${milliseconds} ms dieses Teils bewegt sich das Signal nicht: Vielleicht war eine Elektrode ab.`,
  },
  questions: {
    title: "Was die Datei nicht sagt",
    positive: (example) => `Geben Sie eine Zahl über 0 an, etwa ${example}.`,
    any: "Geben Sie eine Zahl an, etwa 0 oder 1024.",
    from: (rate, where) => `${rate}, aus: ${where}`,
    rate: "Werte je Sekunde",
    gain: "Zählschritte je Millivolt",
    zero: "Zählwert bei 0 mV",
    recorder: "Das sagt der Kopf der Datei oder das Gerät.",
    unit: "Einheit der Werte",
    noRate: "Die Datei sagt nicht, wie viele Werte je Sekunde sie hat.",
    unitNotRead: "Die Datei wird nicht auf ihre Einheit hin angesehen.",
    spread: (unit, width) => `${unit}: Sie reichen über ${width}`,
    small: ", zu wenig für ein EKG",
    large: ", zu viel für ein EKG",
    counts: "Zählschritte eines Wandlers",
    noUnit: (name, looks) => `Die Datei nennt die Einheit von „${name}“ nicht${looks}.`,
    needsGain: (name) => `„${name}“ enthält Zählschritte eines Wandlers: Für Millivolt braucht es dessen Verstärkung und Nullpunkt.`,
    implausible: (name, unit, width, small) =>
      `Laut der Datei ist „${name}“ in ${unit}; dann reichen die Werte aber über ${width}, ${small ? "weniger" : "mehr"} als die eines EKGs.`,
    scaled: (low) =>
      `. Sie reichen genau von ${low} bis genau 1, wie nach einer Skalierung: Dann stimmt keine Einheit, und das Modell kann sie nicht lesen`,
    whole: ". Alle sind ganze Zahlen, wie die Zählschritte eines Wandlers",
  },
  steps: {
    said: ", wie Sie sagten",
    after: (times) => ` nach: ${times}`,
    rate: (given, source, wanted, slowest, fastest) =>
      `Diese Datei hat ${given} Werte je Sekunde${source}. Das Modell liest ${wanted}; umgerechnet werden kann von ${slowest} bis ${fastest}.`,
    values: (count) => `${count} Werte`,
    inColumn: (count, name) => `${count} in der Spalte „${name}“`,
    gaps: (count) => ` ${count} davon ${count === 1 ? "ist eine Lücke" : "sind Lücken"}.`,
    perSecond: (rate, source, same) => `${rate} je Sekunde${source}${same ? ", wie das Modell sie liest" : ""}`,
    counts: (gain, zero) => `Zählschritte, wie Sie sagten: ${gain} sind 1 mV, und ${zero} ist 0 mV.`,
    byYou: "wie Sie sagten",
    byFile: "wie die Datei sagt",
    unit: (unit, who) => `In ${unit}, ${who}.`,
    larger: (unit, factor, wanted) => `1 ${unit} ist ${factor} ${wanted}`,
    smaller: (factor, unit, wanted) => `${factor} ${unit} sind 1 ${wanted}`,
    converted: (unit, who, equal) => `In ${unit}, ${who}: ${equal}.`,
    filter: (down, taps, pass, half, stop, rate, count) =>
      `${down ? "Tiefpass, bevor die Rate sinkt" : "Mit einem Tiefpass interpoliert"}: gefensterter Sinc (Kaiser, ${taps} Stützstellen), Verstärkung 1 bis ${pass} Hz, ` +
      `½ bei ${half} Hz, unter 0,001 ab ${stop} Hz; an den Enden gespiegelt. Bei ${rate} je Sekunde sind das ${count} Werte.`,
    flat: (name, level) => `„${name}“ ist eine flache Linie: Jeder Wert ist ${level}. Das ist kein EKG.`,
  },
  part: {
    short: (count, rate, length, milliseconds) =>
      `Dieses Signal ist zu kurz: ${count} Werte bei ${rate} je Sekunde. Das Modell liest ${length}, das sind ${milliseconds} ms.`,
    gap: (count, of, from) =>
      `Dieser Teil hat eine Lücke: ${count} seiner ${of} Werte, ab dem ${from}., ${count === 1 ? "fehlt" : "fehlen"} in der Datei oder entstünden aus ` +
      "fehlenden. Wählen Sie einen anderen Teil.",
    outside: (index, value, range, unit) =>
      `Wert ${index} dieses Teils ist ${value}, und das Modell nimmt ${range} ${unit}. Vielleicht zählt die Datei in einer anderen Einheit.`,
    flat: (height, unit) => `Dieser Teil ist eine flache Linie: Seine Werte reichen über ${height} ${unit}. Ein Herzschlag ist nicht zu sehen.`,
    all: (length) => `Alle ${length} Werte werden verwendet.`,
    at: (from, to, of, milliseconds) => `Werte ${from} bis ${to} von ${of}, ab ${milliseconds} ms`,
    mark: (label) => `der Marke „${label}“`,
    middle: "der Mitte",
    peak: (number, of, height, unit, place, at) =>
      `R-Zacke ${number} von ${of}, ${height} ${unit} vom Median um sie, liegt bei ${place}: ${at}.`,
    byDefault: (which) => `Gewählt als die am weitesten von ihrem Median entfernte: ${which}`,
    byYou: (which) => `Von Ihnen gewählt: ${which}`,
    farthest: (value, unit, place, at) =>
      `So gewählt, dass der am weitesten vom Median entfernte Wert, ${value} ${unit}, bei ${place} liegt: ${at}.`,
  },
};
