/** Pictures: choosing one, its window, and what speaks against using it. */

export const image = {
  title: "Choose a picture",
  samples: "Try a sample:",
  what: "a picture",
  hint: "PNG, JPEG or DICOM, up to 64\u00a0MB and 40\u00a0million pixels.",
  busy: "The picture is still being read: try again in a moment.",
  missing: "There is no picture yet: choose a sample or a file.",
  howRead: "How the picture becomes what the model reads",
  isSample: (name: string, made: string) => `The sample “${name}” is made of ${made}: nothing is converted.`,
  greySample: (size: string) => `${size} whole grey levels`,
  grey: (size: string) => `${size} grey levels`,
  colour: (size: string) => `${size} pixels in colour`,
  reads: (made: string) => `What the model reads: ${made}`,
  part: "Your picture, and the part that is used",
  outlined: (size: string) => `Your picture, ${size} pixels, with the part that is used outlined`,
  window: {
    title: "Window",
    hint: "The number that becomes mid-grey, and how many lie between black and white. A larger centre makes the picture darker.",
    fromFile: "From the file",
    reset: "As it was",
    centre: "Centre",
    width: "Width",
    slider: (label: string) => `${label} of the window`,
  },
  frames: { which: "Which of the file's pictures", of: (frame: string, frames: string) => `${frame} of ${frames}` },
  warnings: {
    contrast: (least: number, most: number) =>
      `The picture has hardly any contrast: what the model reads lies between the levels ${least} and ${most} of 255.`,
    small: (used: string, size: string) => `The picture is smaller than what the model reads: ${used} of its pixels become ${size}.`,
    partly: (share: string) =>
      `Only ${share} of the picture is used: it is much longer than wide, or wider than high, than what the model reads.`,
    coloured: (share: string) => `The picture has colours (${share} of its pixels), and the model was made for grey pictures: is it the right one?`,
    white: (share: string) => `${share} of what the model reads is plain white: details there are lost (overexposed, or a window too narrow).`,
    black: (share: string) => `${share} of what the model reads is plain black: details there are lost, or the picture has a wide border.`,
    transparent: (share: string) => `Parts of the picture are transparent (${share} of its pixels): they are put on black.`,
    depth: (most: number, bits: number, white: number) =>
      `The picture has 16 bits per channel, and its largest number is ${most}: it is taken for one of ${bits} bits, where ${white} is white.`,
    adjust: " Adjust the window below if that is wrong.",
    guessed: (empty: boolean) =>
      `The file does not say which numbers are black and white${empty ? " (its window has no width)" : ""}: the page guessed. Look at the ` +
      "picture, and adjust the window if it is too dark or too bright.",
    colourModel: "The file's header says that its colours are RGB, and its JPEG data that they are YCbCr: the latter was believed.",
  },
  domain: {
    modality: "kind of picture",
    bodyPart: "part of the body",
    view: "direction",
    /** What DICOM's codes say to a patient. */
    codes: {
      CR: "X-ray",
      DX: "X-ray",
      RF: "X-ray film",
      MG: "mammography",
      CT: "computed tomography",
      MR: "magnetic resonance",
      US: "ultrasound",
      CHEST: "chest",
      AP: "from the front",
      PA: "from the back",
      LL: "from the left side",
      RL: "from the right side",
      LATERAL: "from the side",
    } as Record<string, string>,
    or: " or ",
    other: (name: string, said: string, wanted: string) =>
      `The file says “${name}: ${said}”, and this model was made for others (${wanted}): its result would mean nothing.`,
    years: (min: string, max: string) => `${min} to ${max} years`,
    age: (range: string) => `an age of ${range}`,
    otherAge: (age: number, range: string) =>
      `The file says that the patient was ${age < 1 ? "less than a year" : age === 1 ? "a year" : `${age} years`} old, and this model was ` +
      `made for ${range}: its result would mean nothing.`,
    saysLittle: "The file does not say everything that it shows",
    saysNothing: (type: string) => `A ${type} file does not say what it shows`,
    madeFor: (subject: string, wanted: string) => `${subject}. What this model was made for: ${wanted}. Use no other picture.`,
  },
};
