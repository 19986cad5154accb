"""How far the marks that `sotto_nn::signal` finds lie from the annotations of MIT-BIH, by which the heartbeat model was trained
(docs/decisions/0017), and what it does to the model's accuracy that its beats are cut by them.

    python models/train/marks.py ../shared/data/ecg/mitbih_beats.npz target/debug [RECORD_208.dat]

The folder holds `sotto-beats` and `sotto-reference` (`cargo build -p sotto-tests --bins`). RECORD_208.dat is five minutes of one record as
SciPy up to 1.9 ships them (`scipy/misc/ecg.dat` of its wheel): the whole recording, at other rates and upside down.
"""

import json
import pathlib
import subprocess
import sys

import numpy as np

MODEL = pathlib.Path(__file__).resolve().parents[1] / "heartbeat"
UNITS, RATE, PEAK, LENGTH = 200.0, 180, 64, 128
DS1 = (101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122, 124, 201, 203, 205, 207, 208, 209, 215, 220, 223, 230)
DS2 = (100, 103, 105, 111, 113, 117, 121, 123, 200, 202, 210, 212, 213, 214, 219, 221, 222, 228, 231, 232, 233, 234)
CLASSES = "NSVF"
#: Of DS2's beats, every so many are given to the reference executor.
STEP = 4
#: An annotated beat is found when a mark is nearer.
NEAR = 0.15


def ask(program, *arguments, question):
    """What a program answers to JSON."""
    answer = subprocess.run([program, *arguments], input=json.dumps(question), capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def shares(distances):
    """Milliseconds, as parts in words."""
    within = ", ".join(f"{100 * np.mean(distances <= limit + 0.5):.1f} % within {limit} ms" for limit in (6, 17, 28, 40))
    return f"{within}; 99 % within {np.quantile(distances, 0.99):.0f} ms"


def windows(beats, labels, records, folder):
    """Each beat by itself, 0.71 s of it; returns the marks."""
    found = ask(folder / "sotto-beats", question={"rate": RATE, "rows": (beats / UNITS).tolist()})
    marks = np.array([min((index for index, _ in row), key=lambda index: abs(index - PEAK), default=-LENGTH) for row in found])
    for name, side in (("DS1", DS1), ("DS2", DS2)):
        for label, letter in enumerate(CLASSES):
            chosen = np.isin(records, side) & (labels == label)
            print(f"{name} {letter}, {chosen.sum()} beats: {shares(np.abs(marks[chosen] - PEAK) * 1000 / RATE)}")
    return marks


def accuracy(beats, labels, records, marks, folder):
    """The shipped program on beats cut by annotation and by mark; beyond a beat's end its last value goes on."""
    rows = np.flatnonzero(np.isin(records, DS2) & (labels < 3))[::STEP]
    away = np.where(np.abs(marks - PEAK) <= PEAK, marks - PEAK, 0)
    places = np.clip(np.arange(LENGTH)[None] + away[rows, None], 0, LENGTH - 1)
    for name, cut in (("annotation", beats[rows]), ("mark", beats[rows[:, None], places])):
        scores = np.array(ask(folder / "sotto-reference", MODEL, question=(cut / UNITS).tolist()))
        right = scores.argmax(axis=1) == labels[rows]
        recalls = ", ".join(f"{letter} {right[labels[rows] == label].mean():.3f}" for label, letter in enumerate(CLASSES[:3]))
        print(f"cut by {name}: accuracy {right.mean():.4f} of {len(rows)} beats of DS2, recall {recalls}")


def recording(path, beats, labels, folder):
    """Five minutes of record 208, in which its annotated beats are found by their values."""
    from resampling import find

    values = np.load(path)["ecg"].astype(float) - 1024
    found = find(values, beats)
    annotated = np.array([start + 2 * PEAK + 0.5 for _, start in found]) / 360
    classes = np.array([labels[index] for index, _ in found])
    for sign, way in ((1, "upright"), (-1, "inverted")):
        for rate in (100, 128, 180, 250, 360, 500, 512, 1000):
            question = {"rate": 360, "to": rate, "rows": [(sign * values / UNITS).tolist()]}
            marks = np.array([index for index, _ in ask(folder / "sotto-beats", question=question)[0]["beats"]]) / rate
            distances = np.abs(marks[None] - annotated[:, None]).min(axis=1)
            extra = (np.abs(marks[:, None] - annotated[None]).min(axis=1) > NEAR).sum()
            normal = distances[(classes == 0) & (distances <= NEAR)]
            print(f"record 208 {way} at {rate} Hz: {(distances <= NEAR).sum()} of {len(found)} beats found, {extra} others; "
                  f"N: {shares(1000 * normal)}, at most {1000 * normal.max():.0f} ms")


def main(data, folder, record=None):
    folder = pathlib.Path(folder).resolve()
    source = np.load(data)
    beats, labels, records = source["beats"].astype(float), source["label"].astype(int), source["record"].astype(int)
    marks = windows(beats, labels, records, folder)
    accuracy(beats, labels, records, marks, folder)
    if record:
        of_it = records == 208
        recording(record, beats[of_it], labels[of_it], folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
