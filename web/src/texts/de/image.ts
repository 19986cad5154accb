import type { image as en } from "../en/image";

export const image: typeof en = {
  title: "Wählen Sie ein Bild",
  samples: "Versuchen Sie ein Beispiel:",
  what: "Ein Bild",
  hint: "PNG, JPEG oder DICOM, bis 64\u00a0MB und 40\u00a0Millionen Bildpunkte.",
  busy: "Das Bild wird noch gelesen: Versuchen Sie es gleich noch einmal.",
  missing: "Es ist noch kein Bild da: Wählen Sie ein Beispiel oder eine Datei.",
  howRead: "Wie aus dem Bild wird, was das Modell liest",
  isSample: (name, made) => `Das Beispiel „${name}“ besteht aus ${made}: Es wird nichts umgerechnet.`,
  greySample: (size) => `${size} ganzen Graustufen`,
  grey: (size) => `${size} Graustufen`,
  colour: (size) => `${size} farbigen Bildpunkten`,
  reads: (made) => `Was das Modell liest, besteht aus ${made}`,
  part: "Ihr Bild und der Teil, der verwendet wird",
  outlined: (size) => `Ihr Bild, ${size} Bildpunkte; der verwendete Teil ist umrandet`,
  window: {
    title: "Fenster",
    hint: "Die Zahl, die mittleres Grau wird, und wie viele zwischen Schwarz und Weiß liegen. Eine größere Mitte macht das Bild dunkler.",
    fromFile: "Aus der Datei",
    reset: "Wie es war",
    centre: "Mitte",
    width: "Breite",
    slider: (label) => `${label} des Fensters`,
  },
  frames: { which: "Welches Bild der Datei", of: (frame, frames) => `${frame} von ${frames}` },
  warnings: {
    contrast: (least, most) => `Das Bild hat kaum Kontrast: Was das Modell liest, liegt zwischen den Stufen ${least} und ${most} von 255.`,
    small: (used, size) => `Das Bild ist kleiner als das, was das Modell liest: Aus ${used} seiner Bildpunkte werden ${size}.`,
    partly: (share) => `Nur ${share} des Bildes werden verwendet: Es ist viel länger oder breiter als das, was das Modell liest.`,
    coloured: (share) => `Das Bild hat Farben (${share} seiner Bildpunkte), und das Modell wurde für graue Bilder gemacht: Ist es das richtige?`,
    white: (share) => `${share} dessen, was das Modell liest, sind reines Weiß: Einzelheiten fehlen dort (überbelichtet, oder ein zu schmales Fenster).`,
    black: (share) => `${share} dessen, was das Modell liest, sind reines Schwarz: Einzelheiten fehlen dort, oder das Bild hat einen breiten Rand.`,
    transparent: (share) => `Teile des Bildes sind durchsichtig (${share} seiner Bildpunkte): Sie werden auf Schwarz gelegt.`,
    depth: (most, bits, white) =>
      `Das Bild hat 16 Bit je Kanal, und seine größte Zahl ist ${most}: Es wird für eines von ${bits} Bit gehalten, in dem ${white} weiß ist.`,
    adjust: " Stellen Sie das Fenster unten ein, wenn das falsch ist.",
    guessed: (empty) =>
      `Die Datei sagt nicht, welche Zahlen schwarz und weiß sind${empty ? " (ihr Fenster hat keine Breite)" : ""}: Die Seite hat geraten. Sehen ` +
      "Sie das Bild an, und stellen Sie das Fenster ein, wenn es zu dunkel oder zu hell ist.",
    colourModel: "Der Kopf der Datei sagt, ihre Farben seien RGB, und ihre JPEG-Daten, sie seien YCbCr: Geglaubt wurde den Daten.",
  },
  domain: {
    modality: "Verfahren (Modality)",
    bodyPart: "Körperteil (Body Part)",
    view: "Ansicht (View)",
    or: " oder ",
    other: (name, said, wanted) =>
      `Die Datei nennt ${name} ${said}, und dieses Modell wurde für ${wanted} gemacht: Sein Ergebnis bedeutete nichts.`,
    years: (min, max) => `${min} bis ${max} Jahren`,
    age: (range) => `ein Alter von ${range}`,
    otherAge: (age, range) =>
      `Laut der Datei war der Patient ${age < 1 ? "unter einem Jahr" : age === 1 ? "ein Jahr" : `${age} Jahre`} alt, und dieses Modell wurde für ` +
      `ein Alter von ${range} gemacht: Sein Ergebnis bedeutete nichts.`,
    saysLittle: "Die Datei sagt nicht alles darüber, was sie zeigt",
    saysNothing: (type) => `Eine ${type}-Datei sagt nicht, was sie zeigt`,
    madeFor: (subject, wanted) => `${subject}. Dieses Modell wurde für ${wanted} gemacht: Verwenden Sie kein anderes Bild.`,
  },
};
