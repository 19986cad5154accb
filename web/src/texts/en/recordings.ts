/** What is read in a recording's file, what is decided about it, and why it cannot be read. */

export const recordings = {
  large: (size: string, most: string) => `This has ${size}. At most ${most} are read here.`,
  none: "There is no file.",
  several: "Several files are read together only if they are a WFDB record: a .hea file and its numbers.",
  unreadable: "The browser could not read this file. It may have been moved, or be a folder.",
  time: "time",
  headerOf: (format: string) => `the header of the ${format} file`,
  columnHint: (name: string) => `the column “${name}”`,
  fileName: "the file's name",
  line: (text: string) => `the line “${text}”`,
  timesIn: (name: string, reading: string) => `the times in “${name}”${reading}`,
  quoted: (text: string) => `“${text}”`,
  table: {
    noText: "This is not a text file. A signal is a CSV file: numbers in lines.",
    noNumbers: "This file has no numbers in it.",
    begins: (line: number, text: string) => `This file has no numbers in it: line ${line} begins “${text}”.`,
    manyLines: (lines: number, most: number) => `This file has ${lines} lines. At most ${most} are read here.`,
    late: (line: number, most: number) => `The numbers of this file begin in line ${line}. At most ${most} lines can stand above them.`,
    oneLine: (count: number) => `The ${count} values stand in one line.`,
    wide: (count: number) =>
      `Each line of this file has ${count} numbers, as if it held a signal of its own. A signal stands in a column, one value ` +
      "a line, or in a file with one line.",
    commasOfHead: "Commas are read as decimal signs: the lines above the values name one lead and its unit.",
    commas: "Commas in numbers are read as decimal signs.",
    commasOfColumn: "Commas are read as decimal signs of one column.",
    grouped: (cell: string, whole: string, decimal: string) =>
      `“${cell}” can mean ${whole} or ${decimal}. Write numbers with a point, and without marks between thousands.`,
    pair: (line: number, number: string, first: string, second: string) =>
      `Line ${line} can mean the number ${number}, or ${first} and ${second} in two columns. Write a point as the decimal ` +
      "sign, or separate columns by semicolons.",
    columns: (count: number): string => (count === 1 ? "1 column" : `${count} columns`),
    ragged: (line: number, columns: string, before: number) => `Line ${line} has ${columns}, and the lines before it ${before}.`,
    names: (line: number, columns: string, last: number, names: number) =>
      `Line ${line} has ${columns}, and the names in line ${last} are ${names}.`,
    scaled: (count: number, labelled: boolean) =>
      `Each line of this file has ${count} numbers from 0 to 1${labelled ? ", perhaps followed by a class" : ""}: beats that were scaled for ` +
      "training. Their millivolts are lost, and so the model cannot read them.",
    noSignal: (notes: string) => `This file has no column of a signal. ${notes}`,
    noColumn: "This file has no column of numbers.",
    leftOut: (names: string) => `Left out, as no column of numbers: ${names}.`,
    leftColumn: (name: string, why: string) => `“${name}” (${why})`,
    inLine: (cell: string, line: number) => `“${cell}” in line ${line}`,
    wrong: (line: number, column: string | null, cell: string, clock: boolean) =>
      `Line ${line}${column === null ? "" : ` (${column})`}: “${cell}” ${clock ? "is a time and not a number" : "is not a number"}.`,
    ratesDiffer: (times: string, told: string, line: string, stated: string) =>
      `After ${times} there are ${told} values a second, and after ${line} ${stated}.`,
  },
  times: {
    dates: (name: string) => `The times in the column “${name}” have dates in a form that cannot be read for sure, and the date changes.`,
    unread: (name: string, cell: string, line: number) => `The times in the column “${name}” could not be read: “${cell}” in line ${line}.`,
    counts: (name: string) => `The column “${name}” counts the values and tells no times.`,
    unknownUnit: (name: string, step: string) => `What the times in the column “${name}” count in is not known: they go up by ${step}.`,
    taken: (unit: string) => ` (taken for ${unit}, as no other unit gives a usual rate)`,
    unused: (name: string) => `The column “${name}” has times, too, and is not used.`,
    falls: (line: number, name: string, before: string, after: string) =>
      `The time in line ${line} (${name}) does not rise: ${before} is followed by ${after}.`,
    uneven: (name: string, line: number, next: number, from: string, to: string, usual: string) =>
      `The times (${name}) are not evenly spaced: between lines ${line} and ${next} they go from ${from} to ${to}, and a usual step is ${usual}. ` +
      "A piece may be missing.",
  },
  edf: {
    headerCut: "its header is cut off",
    field: (what: string, value: string) => `its ${what} is “${value}”`,
    fields: {
      size: "header's length",
      seconds: "records' length",
      signals: "number of signals",
      records: "number of records",
      physical: "physical range",
      digital: "digital range",
      samples: "number of samples",
    },
    contradicts: "its header contradicts itself",
    lasts: (seconds: string) => `its records last ${seconds} seconds`,
    oddSamples: "its numbers of samples make no sense",
    noRecord: "there is no record in it",
    noWidth: (name: string) => `“${name}” has a range without width`,
    lower: (names: string) => `Left out, at lower rates: ${names}.`,
    discontinuous: (format: string) =>
      `This ${format}+ file is discontinuous: its parts do not follow each other in time, and are not joined here.`,
    cut: (format: string, records: number, there: number) =>
      `This ${format} file is cut off: it announces ${records} records, and ${there} are there.`,
    annotations: (format: string) => `This ${format} file has annotations alone, and no signal.`,
    damaged: (format: string, what: string) => `This ${format} file is damaged: ${what}.`,
  },
  dicom: {
    none: "This DICOM file has no waveform in it.",
    noRate: "This DICOM file does not say how many values a second it has.",
    groups: (count: number) => `The file has ${count} groups of channels: the longest is taken.`,
    empty: "This DICOM file is damaged: its waveform has no channels or no values.",
    bits: (bits: string | number, form: string) =>
      `This DICOM waveform has ${bits} bits per value, coded as ${form}. SB, UB, SS and US can be read here.`,
    cut: "This DICOM file is cut off: its waveform is not all there.",
  },
  wfdb: {
    announces: (count: string) => `it announces “${count}” signals`,
    rateIs: (rate: string) => `its rate is “${rate}”`,
    samplesAre: (count: string) => `its number of samples is “${count}”`,
    fewLines: (signals: number, lines: number) =>
      `it announces ${signals} signals, and has ${lines} ${lines === 1 ? "line" : "lines"} for them`,
    formatIs: (number: number, format: string) => `the format of its signal ${number} is “${format}”`,
    gainIs: (number: number, gain: string) => `the gain of its signal ${number} is “${gain}”`,
    unnamed: (number: number) => `signal ${number}`,
    noHeader: "These are numbers of a WFDB record without its header: choose the .hea file together with them.",
    noData: (name: string) => `The record's header names the file “${name}”: choose both together.`,
    others: (names: string) => `Left out, at other rates: ${names}.`,
    wrong: (what: string) => `This WFDB header makes no sense: ${what}.`,
    segments: "This WFDB record is put together from segments, which are not read here: choose one of them.",
    format: (code: string | number, readable: string) => `This WFDB record stores its numbers in format ${code}. ${readable} are read here.`,
    formats: (name: string) => `This WFDB header gives “${name}” several formats.`,
    many: (count: number, most: number) => `This record has ${count} values. At most ${most} are read here.`,
    cut: (name: string, wanted: number, there: number) =>
      `“${name}” is cut off: the header announces ${wanted} samples of each signal, and ${there} are there.`,
    sum: (name: string) => `“${name}” is not what the record's header was written for: the sum of its numbers is another one.`,
  },
};
