/** Pictures: choosing one, what is said of it, and what was done to it. */

export const image = {
  title: "Choose a picture",
};
