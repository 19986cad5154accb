export * from "./sotto_client.js";
export { default } from "./sotto_client.js";
export { SottoError, type ErrorKind, type Phase } from "./error.js";
