import type { strip as en } from "../en/strip";

const beats = (count: number): string => (count === 1 ? "1 Schlag" : `${count} Schläge`);

export const strip: typeof en = {
  label: (seconds, count) => `Das ganze Signal, ${Math.round(seconds)} Sekunden: ${beats(count)} zur Wahl`,
  hint: "Drücken Sie auf einen Schlag, um ihn zu wählen, und ziehen Sie, um weiterzugehen. Näher und weiter: diese Knöpfe, zwei Finger, das Rad mit Strg, oder + und −. Pfeiltasten gehen von Schlag zu Schlag.",
  sight: "Was zu sehen ist",
  closer: "Näher",
  farther: "Weiter weg",
  whole: "Ganz",
  before: "Schlag davor",
  after: "Schlag danach",
  beat: (number, of, seconds) => `R-Zacke ${number} von ${of}, bei ${seconds} s`,
  noBeat: (of, seconds) => `${of === 1 ? "1 R-Zacke" : `${of} R-Zacken`} gefunden; die Marke liegt bei ${seconds} s`,
  from: (milliseconds) => `ab ${milliseconds} Millisekunden`,
  anyStart: "Ein anderer Teil als ein Schlag",
  which: (length) => `Welche ${length} Werte das Modell liest`,
};
