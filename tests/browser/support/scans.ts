/** The module of tools without a browser, for what it checks of files. */

import { readFileSync } from "node:fs";
import { checkJpegScans, initSync } from "../../../client-wasm/pkg/tools.js";

initSync({ module: readFileSync(new URL("../../../client-wasm/pkg/sotto_tools_bg.wasm", import.meta.url)) });

export { checkJpegScans };
