"""How the beats that the heartbeat model was trained on were brought from 360 to 180 values a second, and what difference the
page's own low-pass makes (docs/decisions/0017).

    pip install scipy==1.9.3 && python models/train/resampling.py ../shared/data/ecg/mitbih_beats.npz target/debug/sotto-reference

SciPy up to 1.9 ships five minutes of record 208 at 360 a second. Every beat of them is found in the beats of the training data.
"""

import json
import pathlib
import subprocess
import sys

import numpy as np

MODEL = pathlib.Path(__file__).resolve().parents[1] / "heartbeat"
UNITS = 200.0
LENGTH, PEAK = 128, 64
#: The page's filter: crates/nn/src/signal/resample.rs.
CROSSINGS, BETA, CUTOFF = 16, 5.653, 0.5 - (60 - 7.95) / (14.36 * 2 * 16) / 2


def means_of_pairs(recording, start, length=LENGTH):
    """The mean of each two neighbours."""
    return recording[start : start + 2 * length].reshape(length, 2).mean(axis=1)


def low_pass(recording, place):
    """The page's low-pass for half the rate, at places between the recording's values."""
    first = np.floor(place).astype(int)[:, None] + np.arange(-2 * CROSSINGS, 2 * CROSSINGS + 1)
    distance = (first - place[:, None]) / 2
    inside = np.clip(1 - (distance / CROSSINGS) ** 2, 0, None)
    taps = np.sinc(2 * CUTOFF * distance) * np.i0(BETA * np.sqrt(inside)) * (np.abs(distance) < CROSSINGS)
    values = recording[np.clip(first, 0, len(recording) - 1)]
    return (taps * values).sum(axis=1) / taps.sum(axis=1)


def find(recording, beats):
    """For each beat that is in the recording, its index and where it starts: as means of pairs, to the last digit but one."""
    rows = np.lib.stride_tricks.sliding_window_view((recording[:-1] + recording[1:]) / 2, 2 * LENGTH - 1)[:, ::2]
    found = []
    for index, beat in enumerate(beats):
        near = np.flatnonzero(np.abs(rows[:, PEAK] - beat[PEAK]) < 1)
        near = near[np.abs(rows[near][:, [0, 31, 95, 127]] - beat[[0, 31, 95, 127]]).max(axis=1) < 1]
        near = near[np.abs(rows[near] - beat).max(axis=1) < 1] if len(near) else near
        if len(near):
            found.append((index, int(near[0])))
    return found


def classes(reference, rows):
    """The model's decisions by the reference executor."""
    answer = subprocess.run([reference, MODEL], input=json.dumps(rows.tolist()), capture_output=True, text=True, check=True)
    return np.argmax(json.loads(answer.stdout), axis=1)


def main(data, reference):
    # Here, so that marks.py has no need of an old SciPy.
    from scipy.misc import electrocardiogram

    source = np.load(data)
    beats = source["beats"][source["record"] == 208].astype(float)
    recording = np.round(electrocardiogram() * UNITS)
    found = [(index, start) for index, start in find(recording, beats) if 32 <= start < len(recording) - 2 * LENGTH - 32]
    trained = beats[[index for index, _ in found]]
    pairs = np.array([means_of_pairs(recording, start) for _, start in found])
    print(f"{len(found)} beats of the recording are in the training data, as means of pairs within {np.abs(pairs - trained).max():.1f} units")
    before = classes(reference, trained / UNITS)
    # A pair's mean lies half a value behind its first; the page's own grid lies on the values.
    for name, shift in (("at the same instants", 0.5), ("on the page's own grid", 0.0)):
        page = np.array([low_pass(recording, start + shift + 2.0 * np.arange(LENGTH)) for _, start in found])
        away = (page - trained) / UNITS
        changed = int((classes(reference, page / UNITS) != before).sum())
        print(f"low-pass {name}: rms {away.std():.4f} mV, at most {np.abs(away).max():.3f} mV, {changed} classes change")


if __name__ == "__main__":
    main(*sys.argv[1:])
