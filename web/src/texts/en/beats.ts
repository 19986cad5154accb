/** Classifying all beats of a recording. */

export const beats = {
  all: (count: number): string => `Classify all ${count} beats…`,
  some: (count: number): string => `Classify ${count} beats from the chosen one on…`,
  takes: "What classifying all beats takes",
  may: (count: number): string => `Classify ${count} beats, one after the other?`,
  price: (bytes: string, time: string): string => `${bytes} are sent and received, in about ${time}, as results took before.`,
  priceOnLine: (bytes: string, time: string, line: number): string =>
    `${bytes} are sent and received: about ${time} on a line of ${line} Mbit/s, and what is computed comes on top.`,
  unknownPrice: "How much is sent is not known of this model.",
  budget: (count: number): string => `Where the server has a budget, this counts as ${count} results. The server learns how many beats there are, and nothing of them.`,
  limit: (most: number, of: number, from: number, to: number): string =>
    `At most ${most} of the ${of} beats are classified in one go: beats ${from} to ${to}. Choose another beat for others.`,
  unusable: (count: number): string => `${count === 1 ? "One beat is" : `${count} beats are`} left out: the model cannot read them.`,
  yes: (count: number): string => `Yes, classify ${count} beats`,
  no: "No",
  cancel: "Cancel",
  progress: "Beats that are classified",
  begins: "Preparing…",
  done: (done: number, of: number, left: string): string => `${done} of ${of} beats, about ${left} left`,
  queue: (position: number): string => `The server is busy; place ${position} in its queue.`,
  lost: "The connection was lost, and is tried again.",
  took: (bytes: string, time: string): string => `${bytes} were sent and received, in ${time}.`,
  title: (count: number): string => `${count} beats, classified privately`,
  cancelled: (done: number, of: number): string => `Stopped: ${done} of ${of} beats were classified`,
  counts: "How many beats of each class",
  doubtful: (count: number): string => `${count} doubtful`,
  doubtfulMeans: (score: string): string =>
    `Doubtful is a beat whose class has a score below ${score}. Others can be wrong, too: scores compare the classes with each other, and are no probabilities of being right.`,
  noScores: "The server reveals classes without scores, so none is marked as doubtful.",
  doubt: "doubtful",
  table: "Each beat",
  beat: "Beat",
  time: "Time in s",
  class: "Class",
  score: "Score",
  show: (number: number): string => `Show beat ${number}`,
};
