import type { recordings as en } from "../en/recordings";

export const recordings: typeof en = {
  large: (size, most) => `Das sind ${size}. Gelesen werden hier höchstens ${most}.`,
  none: "Es ist keine Datei da.",
  several: "Mehrere Dateien werden nur zusammen gelesen, wenn sie eine WFDB-Aufzeichnung sind: eine .hea-Datei und ihre Zahlen.",
  unreadable: "Der Browser konnte diese Datei nicht lesen. Vielleicht wurde sie verschoben, oder es ist ein Ordner.",
  time: "Zeit",
  headerOf: (format) => `Kopf der ${format}-Datei`,
  columnHint: (name) => `Spalte „${name}“`,
  fileName: "Name der Datei",
  line: (text) => `Zeile „${text}“`,
  timesIn: (name, reading) => `Zeiten in „${name}“${reading}`,
  quoted: (text) => `„${text}“`,
  table: {
    noText: "Das ist keine Textdatei. Ein Signal ist eine CSV-Datei: Zahlen in Zeilen.",
    noNumbers: "In dieser Datei sind keine Zahlen.",
    begins: (line, text) => `In dieser Datei sind keine Zahlen: Zeile ${line} beginnt mit „${text}“.`,
    manyLines: (lines, most) => `Diese Datei hat ${lines} Zeilen. Gelesen werden hier höchstens ${most}.`,
    late: (line, most) => `Die Zahlen dieser Datei beginnen in Zeile ${line}. Darüber können höchstens ${most} Zeilen stehen.`,
    oneLine: (count) => `Die ${count} Werte stehen in einer Zeile.`,
    wide: (count) =>
      `Jede Zeile dieser Datei hat ${count} Zahlen, als wäre sie ein eigenes Signal. Ein Signal steht in einer Spalte, ein Wert je Zeile, oder ` +
      "in einer Datei mit einer Zeile.",
    commasOfHead: "Kommas werden als Dezimalzeichen gelesen: Die Zeilen über den Werten nennen eine Ableitung und ihre Einheit.",
    commas: "Kommas in Zahlen werden als Dezimalzeichen gelesen.",
    commasOfColumn: "Kommas werden als Dezimalzeichen einer einzigen Spalte gelesen.",
    grouped: (cell, whole, decimal) =>
      `„${cell}“ kann ${whole} oder ${decimal} heißen. Schreiben Sie Zahlen mit Punkt und ohne Zeichen zwischen Tausendern.`,
    pair: (line, number, first, second) =>
      `Zeile ${line} kann die Zahl ${number} heißen, oder ${first} und ${second} in zwei Spalten. Schreiben Sie einen Punkt als Dezimalzeichen, ` +
      "oder trennen Sie Spalten durch Strichpunkte.",
    columns: (count) => (count === 1 ? "1 Spalte" : `${count} Spalten`),
    ragged: (line, columns, before) => `Zeile ${line} hat ${columns}, und die Zeilen davor ${before}.`,
    names: (line, columns, last, names) => `Zeile ${line} hat ${columns}, und Zeile ${last} hat ${names} Namen.`,
    scaled: (count, labelled) =>
      `Jede Zeile dieser Datei hat ${count} Zahlen von 0 bis 1${labelled ? ", vielleicht mit einer Klasse dahinter" : ""}: Schläge, die für ein ` +
      "Training skaliert wurden. Ihre Millivolt sind verloren; das Modell kann sie nicht lesen.",
    noSignal: (notes) => `In dieser Datei ist keine Spalte mit einem Signal. ${notes}`,
    noColumn: "In dieser Datei ist keine Spalte mit Zahlen.",
    leftOut: (names) => `Weggelassen, da keine Spalte von Zahlen: ${names}.`,
    leftColumn: (name, why) => `„${name}“ (${why})`,
    inLine: (cell, line) => `„${cell}“ in Zeile ${line}`,
    wrong: (line, column, cell, clock) =>
      `Zeile ${line}${column === null ? "" : ` (${column})`}: „${cell}“ ist ${clock ? "eine Zeit und keine Zahl" : "keine Zahl"}.`,
    ratesDiffer: (times, told, line, stated) => `Es widersprechen sich: ${times} ergeben ${told} Werte je Sekunde, ${line} dagegen ${stated}.`,
  },
  times: {
    dates: (name) => `Die Zeiten in der Spalte „${name}“ haben ein Datum, dessen Form sich nicht sicher lesen lässt, und es wechselt.`,
    unread: (name, cell, line) => `Die Zeiten in der Spalte „${name}“ waren nicht zu lesen: „${cell}“ in Zeile ${line}.`,
    counts: (name) => `Die Spalte „${name}“ zählt die Werte und nennt keine Zeiten.`,
    unknownUnit: (name, step) => `Worin die Zeiten in der Spalte „${name}“ zählen, ist nicht bekannt: Sie steigen um ${step}.`,
    taken: (unit) => ` (Einheit angenommen: ${unit}, da keine andere eine übliche Rate ergibt)`,
    unused: (name) => `Auch die Spalte „${name}“ hat Zeiten; sie wird nicht benutzt.`,
    falls: (line, name, before, after) => `Die Zeit in Zeile ${line} (${name}) steigt nicht: Auf ${before} folgt ${after}.`,
    uneven: (name, line, next, from, to, usual) =>
      `Die Zeiten (${name}) haben ungleiche Abstände: Zwischen den Zeilen ${line} und ${next} gehen sie von ${from} zu ${to}, und üblich ist ein ` +
      `Schritt von ${usual}. Vielleicht fehlt ein Stück.`,
  },
  edf: {
    lower: (names) => `Weggelassen, mit niedrigeren Raten: ${names}.`,
    discontinuous: (format) =>
      `Diese ${format}+-Datei ist unterbrochen: Ihre Teile folgen zeitlich nicht aufeinander und werden hier nicht verbunden.`,
    cut: (format, records, there) => `Diese ${format}-Datei ist abgeschnitten: Sie kündigt ${records} Blöcke an, und ${there} sind da.`,
    annotations: (format) => `In dieser ${format}-Datei sind nur Anmerkungen und kein Signal.`,
    damaged: (format, what) => `Diese ${format}-Datei ist beschädigt (${what}).`,
  },
  dicom: {
    none: "In dieser DICOM-Datei ist keine Kurve (Waveform).",
    noRate: "Diese DICOM-Datei sagt nicht, wie viele Werte je Sekunde sie hat.",
    groups: (count) => `Die Datei hat ${count} Gruppen von Kanälen: Die längste wird genommen.`,
    empty: "Diese DICOM-Datei ist beschädigt: Ihre Kurve hat keine Kanäle oder keine Werte.",
    bits: (bits, form) => `Diese DICOM-Kurve hat ${bits} Bit je Wert, kodiert als ${form}. Gelesen werden hier SB, UB, SS und US.`,
    cut: "Diese DICOM-Datei ist abgeschnitten: Ihre Kurve ist nicht ganz da.",
  },
  wfdb: {
    noHeader: "Das sind Zahlen einer WFDB-Aufzeichnung ohne ihren Kopf: Wählen Sie die .hea-Datei zusammen mit ihnen.",
    noData: (name) => `Der Kopf der Aufzeichnung nennt die Datei „${name}“: Wählen Sie beide zusammen.`,
    others: (names) => `Weggelassen, mit anderen Raten: ${names}.`,
    wrong: (what) => `Dieser WFDB-Kopf ergibt keinen Sinn (${what}).`,
    segments: "Diese WFDB-Aufzeichnung ist aus Abschnitten zusammengesetzt, die hier nicht gelesen werden: Wählen Sie einen davon.",
    format: (code, readable) => `Diese WFDB-Aufzeichnung speichert ihre Zahlen im Format ${code}. Gelesen werden hier ${readable}.`,
    formats: (name) => `Dieser WFDB-Kopf gibt „${name}“ mehrere Formate.`,
    many: (count, most) => `Diese Aufzeichnung hat ${count} Werte. Gelesen werden hier höchstens ${most}.`,
    cut: (name, wanted, there) => `„${name}“ ist abgeschnitten: Der Kopf kündigt ${wanted} Werte jedes Signals an, und ${there} sind da.`,
    sum: (name) => `„${name}“ ist nicht, wofür der Kopf geschrieben wurde: Die Summe der Zahlen ist eine andere.`,
  },
};
