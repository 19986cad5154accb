/** Why a picture file cannot be used. What a library says of a damaged file is put in as it is. */

export const refusals = {
  empty: "This file is empty.",
  large: (size: string, most: string) => `This file has ${size}. At most ${most} are read here.`,
  unreadable: "The browser could not read this file. It may have been moved, or be a folder.",
  unknown: "It is of an unknown type",
  others: {
    gif: "It is a GIF picture",
    tiff: "It is a TIFF picture",
    webp: "It is a WebP picture",
    heic: "It is a HEIC picture",
    avif: "It is an AVIF picture",
    video: "It is a video",
    bmp: "It is a BMP picture",
    pdf: "It is a PDF document",
    zip: "It is a ZIP archive",
    gzip: "It is a gzip archive",
    jp2: "It is a JPEG 2000 picture",
  },
  wanted: (found: string) => `${found}. Pictures can be PNG, JPEG or DICOM files.`,
  heic:
    " Most browsers cannot read what iPhones store as HEIC: export the picture as JPEG, or have photos stored as JPEG " +
    "(Settings, Camera, Formats, “Most Compatible”).",
  noPixels: "This picture has no pixels.",
  manyPixels: (size: string, millions: number, side: number) =>
    `This picture has ${size} pixels. At most ${millions} million pixels are read here, and ${side} along a side.`,
  oneColour: "This picture is empty: all of it has the same brightness.",
  flat: "This picture is empty where the model looks: the part that is used has the same brightness everywhere.",
  noCanvas: "This browser gives no canvas to decode pictures with.",
  altered:
    "This browser alters pictures that a page reads, as a protection against fingerprinting, so the model would not read " +
    "your picture. Allow this page to read canvas data, or take another browser.",
  decoder: (why: string) => `The decoder for this file could not be loaded${why}: try again.`,
  jpeg: {
    cut: (why: string) => `This JPEG file is cut off or damaged: ${why}.`,
    noHeader: "it has no frame header",
    kind: (kind: string) => `This JPEG file is of a kind that browsers do not decode (${kind} coding).`,
    bits: (bits: number) => `This JPEG file has ${bits} bits per channel. Browsers decode 8.`,
    channels: (channels: number) => `This JPEG file has ${channels} colour channels. Grey and three colours are read here, not CMYK.`,
    undecodable: "This JPEG file is damaged or of a kind that this browser does not decode.",
  },
  png: {
    damaged: (why: string) => `This PNG file is damaged or cut off: ${why}.`,
    noHeader: "it has no header",
    oddHeader: "its header makes no sense",
    noEnd: "its end is missing",
    checksum: (part: string) => `the checksum of a part of it (${part}) is wrong`,
    unnamed: "unnamed",
    noColours: "its colours are missing",
    cutPixels: "its compressed pixels are not all there",
    oddPixels: "its pixels make no sense",
    part: (type: string) => `This PNG file has a part (${type}) that is not understood here.`,
    large: "This PNG file becomes larger than 256 MiB when it is inflated.",
  },
  dicom: {
    damaged: (why: string) => `This DICOM file is damaged or cut off (${why}).`,
    nothing: "This DICOM file is damaged or cut off: there is nothing in it.",
    noPicture: "This DICOM file has no picture in it (no pixel data).",
    coding: (coding: string) =>
      `This DICOM file is coded as ${coding}, which is not read here. ` +
      "Uncompressed, deflated, run-length coded, JPEG, JPEG-LS and JPEG 2000 files are: most DICOM viewers can export one.",
    deflated: (why: string) => `This DICOM file is damaged or cut off: its deflated part cannot be read${why}.`,
    large: "This DICOM file becomes larger than 256 MiB when it is inflated.",
    frame: (coding: string, why: string) => `This DICOM file is damaged or cut off: its ${coding} frame cannot be decoded${why}.`,
    shape: (announced: string, samples: number, coding: string, found: string, components: number) =>
      `This DICOM file is damaged: it announces ${announced} pixels of ${samples} values, and its ${coding} frame has ${found} of ${components}.`,
    jpegShape: (announced: string, found: string) =>
      `This DICOM file is damaged: it announces ${announced} pixels, and its JPEG frame has ${found}.`,
    rescale: "This DICOM file is damaged: its rescale slope and intercept are no usable numbers.",
    windowShape: (shape: string) =>
      `This DICOM picture asks for a window of the form ${shape}. LINEAR, LINEAR_EXACT and SIGMOID are applied here.`,
    window: "This DICOM file is damaged: its window centre and width are no usable numbers.",
    table: (what: string) => `This DICOM file is damaged: its look-up table for ${what} makes no sense.`,
    palette: "This DICOM file is damaged: its palette of colours makes no sense.",
    unsaid: { width: "width", height: "height", bits: "bits per pixel" },
    silent: (what: string) => `This DICOM file does not say its ${what}, so it cannot be read as a picture.`,
    stored: (how: string, samples: number) =>
      `This DICOM picture is stored as ${how} with ${samples} values per pixel. MONOCHROME1, MONOCHROME2, PALETTE COLOR, RGB and YBR_FULL can be read here.`,
    bits: (bits: number, readable: string) => `This DICOM picture has ${bits} bits per value. ${readable} can be read here.`,
    contradicts: (stored: number, allocated: number, highest: number) =>
      `This DICOM file contradicts itself: ${stored} of ${allocated} bits, up to bit ${highest}.`,
    notCompressed: "This DICOM file contradicts itself: it says that its pixels are compressed, and they are not.",
    compressed: "This DICOM file contradicts itself: it says that its pixels are uncompressed, and they are not.",
    cutFrames: "This DICOM file is cut off: its compressed picture is not all there.",
    noFrames: "This DICOM file is damaged: its compressed picture has no frames.",
    frameMissing: (frames: number, frame: number) =>
      `This DICOM file is damaged: it announces ${frames} frames, and its picture ${frame} is not there.`,
    cutAnnounced: (announced: number, there: number) => `This DICOM file is cut off: it announces ${announced} bytes of pixels, and ${there} are there.`,
    cutNeeded: (needed: number, there: number) => `This DICOM file is cut off: its picture needs ${needed} bytes of pixels, and ${there} are there.`,
    planes: (samples: number, each: number, planes: number) =>
      `This DICOM file contradicts itself: ${samples} values of ${each} bytes per pixel, in ${planes} planes.`,
    runs: "This DICOM file is damaged or cut off: its run-length coded picture ends early.",
  },
};
