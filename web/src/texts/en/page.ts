/** Around the steps: head, list of models, foot. */

export const page = {
  documentTitle: "Sotto · private diagnosis",
  skip: "Skip to the form",
  demonstration: "Research demonstration.",
  noDevice: "Not a medical device; do not base any treatment on it.",
  headline: "A diagnosis without showing your data",
  lead:
    "Your measurements, pictures and recordings stay in this browser, and the model that was trained to judge them stays on its server. " +
    "The two compute the result together on masked numbers, and only this page can read it.",
  language: "Language",
  choose: "Choose a model",
  asking: "Asking the server for its models…",
  noModels: "This server offers no models.",
  model: "Model",
  modelTitle: (title: string) => `${title} · Sotto`,
  changeModel: { words: "Change", label: "Change the model" },
  foreign: {
    models: (languages: string) => `The models are described in ${languages}, as their providers wrote it.`,
    model: (language: string) => `This model is described in ${language}, as its provider wrote it; so is its answer.`,
  },
  takes: (time: string, bytes: string) => `takes about ${time} and ${bytes}`,
  needs: {
    fields: (count: number) => `Needs ${count} measurements`,
    image: "Needs a picture",
    signal: (seconds: string) => `Needs a recording; it reads ${seconds} s of it`,
  },
  noPlace: "There is no place for this here. Pictures and signals: choose their model first. Measurements: a table with a column for each.",
  dropHere: "Drop it anywhere: it stays in this page.",
  forget: { about: "What you enter is kept in this tab alone, until it is closed.", button: "Clear everything that was entered" },
  lacks: {
    title: "This browser cannot run the private computation",
    webassembly: "It has no WebAssembly, or it is switched off. A current browser has it; some switch it off in a mode of higher protection.",
    simd: "Its WebAssembly lacks SIMD instructions. A current browser has them.",
    worker: "It has no workers. A current browser has them.",
  },
  unusable: (problem: string) => `This page cannot show what the model reads: ${problem}.`,
  about: {
    title: "What is protected, and what is not",
    items: [
      "The server learns which model you use, when, and how large the messages are. It does not learn your entries, files or the " +
        "result, as long as it follows the protocol (“semi-honest” security).",
      "This page learns the result and the shape of the network, not its weights.",
      "This page came from the same server. Whoever serves a page could serve a dishonest one: for real secrets, load the page from " +
        "somebody you trust.",
    ],
  },
  selfTest: {
    title: "Check the cryptography of this browser",
    about: "Runs the known-answer tests of the cryptographic building blocks, here and now.",
    run: "Run the tests",
    running: "Running…",
    failed: (why: string) => `They could not be run: ${why}`,
    notLoaded: "the worker could not be loaded",
    passed: (passed: number, all: number) => `${passed} of ${all} tests passed.`,
    kernels: (platform: string) => ` Kernels in use: ${platform}.`,
  },
};
