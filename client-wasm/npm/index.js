export * from "./sotto_client.js";
export { default } from "./sotto_client.js";
export { SottoError } from "./error.js";
