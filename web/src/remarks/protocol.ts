/** Messages between the page and the worker that compares an input with the model's data. */

export interface Compare {
  request: number;
  /** The server's JSON of the model. */
  description: string;
  values: number[];
}

export interface Compared {
  request: number;
  /** `null` when there is no answer. */
  remarks: string[] | null;
}
