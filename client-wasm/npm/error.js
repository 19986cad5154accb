/** What every promise and function of this package rejects with or throws. */
export class SottoError extends Error {
  /**
   * @param {string} kind
   * @param {string | undefined} phase
   * @param {string} message
   */
  constructor(kind, phase, message) {
    super(message);
    this.name = "SottoError";
    this.kind = kind;
    this.phase = phase ?? null;
  }
}
