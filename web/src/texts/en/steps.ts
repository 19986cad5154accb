/** What is done to a picture on its way to the model, step by step. */

export const steps = {
  luma: "Colours become grey: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).",
  lumaPillow: "Colours become grey: 0.299 red + 0.587 green + 0.114 blue, as Pillow rounds it.",
  alike: "The picture is grey: red, green and blue are read from it alike.",
  filters: {
    area: "each the mean over its area",
    nearest: "nearest pixel as Pillow takes it",
    box: "box filter as Pillow has it",
    bilinear: "bilinear as Pillow does it",
    bicubic: "bicubic as Pillow does it",
    lanczos: "Lanczos as Pillow does it",
    linear: "linear between neighbours as TensorFlow does it",
  },
  stretched: (target: string, how: string) => `Stretched to ${target}, whatever its shape, ${how}.`,
  letterbox: (target: string, how: string, fill: number) => `Resized until all of it fits into ${target}, ${how}; the rest is filled with level ${fill}.`,
  shorter: {
    already: (size: number) => `Shorter side is ${size} already`,
    reduced: (size: number, how: string) => `Shorter side reduced to ${size}, ${how}`,
    enlarged: (size: number, how: string) => `Shorter side enlarged to ${size}, ${how}`,
    cut: (resized: string, target: string) => `${resized}; ${target} cut from the centre.`,
  },
  whole: "The whole picture is used: nothing is cut off.",
  cut: (square: boolean, size: string, x: number, y: number) =>
    `Cut out: the largest ${square ? "square" : "rectangle"} in the centre, ${size} pixels from (${x}, ${y}).`,
  oneToOne: (size: string) => `Its ${size} pixels are the model's, one to one.`,
  resized: (size: string, how: string) => `Resized to ${size}, ${how}.`,
  averaged: (share: string, size: string, grey: boolean) =>
    `Averaged over areas of ${share} pixels to ${size}, and rounded to whole ${grey ? "grey levels" : "levels"}.`,
  png: (size: string, bits: number, palette: boolean) =>
    `PNG: ${size} pixels, ${bits} bits ${palette ? "of a palette" : "per channel"}, decoded in this page.`,
  ofSixteen: (low: number, high: number) => `Of its 16 bits, ${low} and below become black, ${high} and above white.`,
  scaled: (bits: number) => `Its channels are scaled from ${bits} bits to grey levels without rounding to 8 bits first.`,
  rounded: (bits: number) => `Its channels are rounded from ${bits} bits to 8.`,
  jpeg: (size: string) => `JPEG: ${size} pixels, decoded by the browser.`,
  upright: "Turned upright, as the orientation in its EXIF data says.",
  severalPictures: (frames: number, frame: number) => `The file has ${frames} pictures: the model reads number ${frame}.`,
  palette: "Its numbers stand for colours of a palette, which the file has.",
  severalTables: "The file has several look-up tables: the first is taken.",
  severalWindows: (count: number) => `The file names ${count} windows: the first is taken.`,
  negative: "MONOCHROME1 stores the picture as a negative: black and white are exchanged.",
  range: (low: string, high: string) => `${low} and below become black, ${high} and above white`,
  windowSet: (window: string, range: string) => `Window ${window} (centre/width), as you set it: ${range}.`,
  window: (window: string, range: string) => `Window ${window} (centre/width): ${range}.`,
  sigmoid: (window: string) => `Window ${window} (centre/width), which comes to black and white in a curve (SIGMOID).`,
  voi: (low: string, high: string) => `The file's look-up table for display (VOI LUT) is applied: it goes from ${low} to ${high}.`,
  noWindowBits: (bits: number, low: string, high: string) =>
    `The file names no window: the ends of its ${bits} bits, ${low} and ${high}, become black and white.`,
  noWindow: (empty: boolean, range: string, low: number, high: number, border: string) =>
    `${empty ? "The file's window has no width, so it counts as none" : "The file names no window"}: ${range}. These are the percentiles ` +
    `${low} and ${high} of the picture without ${border} at each side.`,
  modality: "The file's look-up table for what its numbers mean (modality LUT) is applied.",
  rescaled: (slope: string, sign: string, intercept: string) => `Rescaled as the file says: stored number × ${slope} ${sign} ${intercept}.`,
};
