/** Pictures in colour, and how decoders hand in pixels: as colours where a model reads them, otherwise as their luma. */

import { blank, type Grey, luma, UNIT, WHITE } from "./grey";
import { fileTexts } from "../texts/files";

export interface Colour {
  width: number;
  height: number;
  /** Red, green and blue of each pixel, row after row. */
  rgb: Uint8Array;
}

export type Pixels = Grey | Colour;

export interface Collected {
  pixels: Pixels;
  /** Share of the pixels that have a colour. */
  coloured: number;
}

/** The step by which colours became grey. */
export const lumaStep = (): string => fileTexts.steps.luma;

export function isGrey(pixels: Pixels): pixels is Grey {
  return "levels" in pixels;
}

/** Distance between the channels, in levels, from which a pixel has a colour: compression leaves a few. */
const COLOUR = 32;
/** The same between a chroma value and its middle: it makes channels differ by about {@link COLOUR}. */
const CHROMA = 16;

/** Takes in the pixels of a picture one by one, and counts those with a colour. */
export class Collector {
  readonly #pixels: Pixels;
  readonly #grey: Int32Array | null;
  readonly #rgb: Uint8Array | null;
  #coloured = 0;

  constructor(width: number, height: number, colours: boolean) {
    const pixels = colours ? { width, height, rgb: new Uint8Array(3 * width * height) } : blank(width, height);
    [this.#grey, this.#rgb] = isGrey(pixels) ? [pixels.levels, null] : [null, pixels.rgb];
    this.#pixels = pixels;
  }

  /** Pixel `i`, each channel from 0 to `white`, on black if only a `share` of it is there. */
  add(i: number, red: number, green: number, blue: number, white = 255, share = 1): void {
    const distance = Math.max(red, green, blue) - Math.min(red, green, blue);
    if ((distance / white) * 255 >= COLOUR) this.#coloured += 1;
    if (this.#grey) this.#grey[i] = Math.min(WHITE, Math.round((luma(red, green, blue) * 255 * share) / white));
    else this.#write(i, (red * 255 * share) / white, (green * 255 * share) / white, (blue * 255 * share) / white);
  }

  /** Pixel `i` as YCbCr (ITU-R BT.601, full range): its luma is there already. */
  addYcc(i: number, y: number, cb: number, cr: number): void {
    const [b, r] = [cb - 128, cr - 128];
    if (Math.max(Math.abs(b), Math.abs(r)) >= CHROMA) this.#coloured += 1;
    if (this.#grey) this.#grey[i] = y * UNIT;
    else this.#write(i, y + 1.402 * r, y - (0.114 * 1.772 * b + 0.299 * 1.402 * r) / 0.587, y + 1.772 * b);
  }

  collected(): Collected {
    const pixels = this.#pixels;
    return { pixels, coloured: this.#coloured / (pixels.width * pixels.height) };
  }

  #write(i: number, red: number, green: number, blue: number): void {
    const rgb = this.#rgb!;
    rgb[3 * i] = whole(red);
    rgb[3 * i + 1] = whole(green);
    rgb[3 * i + 2] = whole(blue);
  }
}

function whole(level: number): number {
  return Math.round(Math.min(255, Math.max(0, level)));
}
