/** Codecs that come without types, as far as the page uses them: Emscripten's modules, and a decoder of lossless JPEG. */

interface FrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  /** JPEG 2000 alone says so. */
  isSigned?: boolean;
}

/** A decoder: its buffers are in the module's memory, until `delete`. */
interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): FrameInfo;
  delete(): void;
}

type Factory<Module> = (options: { wasmBinary: ArrayBuffer; print(): void; printErr(): void }) => Promise<Module>;

declare module "@cornerstonejs/codec-charls/decodewasmjs" {
  const factory: Factory<{ JpegLSDecoder: new () => Decoder & { getInterleaveMode(): number } }>;
  export default factory;
}

declare module "@cornerstonejs/codec-openjpeg/decodewasmjs" {
  const factory: Factory<{ J2KDecoder: new () => Decoder }>;
  export default factory;
}

declare module "jpeg-lossless-decoder-js" {
  export class Decoder {
    /** `bytes` of a value: 0 for as many as its precision takes. */
    constructor(buffer: ArrayBuffer, bytes: number);
    decode(): Uint8Array | Uint16Array;
    readonly xDim: number;
    readonly yDim: number;
    readonly numComp: number;
  }
}
