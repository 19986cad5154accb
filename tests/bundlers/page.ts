import { show } from "./main.js";

void show(document.querySelector<HTMLElement>("#outcome")!);
