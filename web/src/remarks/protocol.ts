/** Messages between the page and the worker that compares an input with the model's data. */

export interface Compare {
  request: number;
  /** The server's JSON of the model. */
  description: string;
  values: number[];
}

export interface Compared {
  request: number;
  remarks: string[];
}

/** Said when there is no answer. */
export const UNKNOWN = "The page could not compare this input with the model's data.";
