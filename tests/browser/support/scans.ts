/** The client module without a browser, for what it checks of files. */

import { readFileSync } from "node:fs";
import { checkJpegScans, initSync } from "../../../client-wasm/pkg/index.js";

initSync({ module: readFileSync(new URL("../../../client-wasm/pkg/sotto_client_bg.wasm", import.meta.url)) });

export { checkJpegScans };
