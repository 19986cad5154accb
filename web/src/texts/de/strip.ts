import type { strip as en } from "../en/strip";

const beats = (count: number): string => (count === 1 ? "1 Schlag" : `${count} Schläge`);

export const strip: typeof en = {
  label: (seconds, count) => `Das ganze Signal, ${Math.round(seconds)} Sekunden: ${beats(count)} zur Wahl`,
  hint: "Tippen oder klicken Sie auf einen Schlag, um ihn zu wählen; ziehen Sie, um weiterzublättern. Vergrößern: mit diesen Knöpfen, zwei Fingern, Strg und Mausrad oder den Tasten + und −. Die Pfeiltasten gehen von Schlag zu Schlag.",
  sight: "Was zu sehen ist",
  closer: "Vergrößern",
  farther: "Verkleinern",
  whole: "Alles zeigen",
  before: "Voriger Schlag",
  after: "Nächster Schlag",
  beat: (number, of, seconds) => `R-Zacke ${number} von ${of}, bei ${seconds} s`,
  noBeat: (of, seconds) => `${of === 1 ? "1 R-Zacke" : `${of} R-Zacken`} gefunden; die Marke liegt bei ${seconds} s`,
  from: (milliseconds) => `ab ${milliseconds} Millisekunden`,
  anyStart: "Ein anderer Teil als ein Schlag",
  which: (length) => `Welche ${length} Werte das Modell liest`,
};
