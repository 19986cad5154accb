/** The panel "What left this page". */

export const leaving = {
  title: "What left this page",
  lead: (what: string) =>
    `${what} became an integer, and a fresh random number that only this page knows was subtracted from it. ` +
    "The difference is all that the server got of it. Every difference is equally likely, whatever was " +
    "entered, so it tells nothing. All that followed was masked with fresh randomness too.",
  what: {
    fields: "Each measurement",
    grey: "Each grey level",
    colour: "Each colour of each pixel",
    signal: "Each value of the signal",
  },
  bytesTitle: "All bytes sent, by value",
  bytesText: (bytes: string, messages: string) =>
    `Since it connected, this page has sent ${bytes} in ${messages} messages. If they carried readable ` +
    "data, some bytes would stand out, as letters do in a text. Random bytes give a flat picture: each of the 256 " +
    "values turns up about equally often.",
  messages: (count: string) => (count === "1" ? "1 message" : `${count} messages`),
  receipts: (bytes: string, messages: string) =>
    ` Beside these, ${bytes} of text in ${messages} said how many of the ` +
    "server's had arrived, and which session goes on where a connection was lost.",
  sentTitle: "What the page sent",
  flat: "Flat: as even as random bytes are. The line is the average; nearly all bars of random data end in the shaded band.",
  notFlat:
    "Not quite flat: the handshake is not random, and parts of messages are filled up with zero bits to whole bytes. " +
    "Neither depends on what was entered.",
  plainTitle: "For comparison: the integers themselves",
  plainText: "What the same picture would look like if the unmasked integers had been sent. They were not.",
  totalBytes: (count: string) => `${count} bytes`,
  firstByte: "byte 0",
  privatePicture: "The private picture",
  yourPicture: "Your picture as the model reads it",
  stays: "stays here",
  noise: "The masked picture: noise",
  maskedPicture: "The masked picture",
  drawnGrey: (bits: number) => `sent: ${bits} bits for each grey level, drawn by their upper 8`,
  drawnColour: (bits: number) => `sent: ${bits} bits for each level of a colour, drawn by their upper 8`,
  privateSignal: "The private signal",
  yourSignal: "Your signal as the model reads it",
  noiseSignal: "The masked signal: noise",
  maskedSignal: "The masked signal",
  drawnSignal: (bits: number) => `sent: ${bits} bits for each value`,
  colours: { red: ", red", green: ", green", blue: ", blue" },
  pixel: (row: number, column: number, colour: string) => `Row ${row}, column ${column}${colour}`,
  moment: (milliseconds: string) => `At ${milliseconds}\u00a0ms`,
  some: (shown: number, all: number) => `${shown} of the ${all} values, private and as they were sent`,
  all: "private and as they were sent",
  table: "Private and masked values",
  measurement: "Measurement",
  value: "Value",
  entered: "You entered",
  greyLevel: "Grey level",
  level: "Level",
  signalIn: (unit: string) => `Signal, ${unit}`,
  integer: "As an integer",
  masked: "Masked",
  sentBits: (bits: number) => `sent, ${bits}\u00a0bits`,
  showAll: (count: number) => `Show all ${count}`,
  showFirst: (count: number) => `Show the first ${count}`,
};
