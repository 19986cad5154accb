import type { image as en } from "../en/image";

export const image: typeof en = {
  title: "Wählen Sie ein Bild",
};
