#!/usr/bin/env python3
"""Writes electrocardiograms with PyPI's wfdb and pyedflib, reads them in the page, and compares; also the waveform that pydicom has.

    pip install wfdb==4.3.1 pyedflib==0.1.42 pydicom==3.0.2 numpy
    SOTTO_BIN=target/debug/sotto python tests/corpus/ecg.py

Needs what the browser tests need (`cargo xtask setup`, `cargo xtask web`). Prints a table; a file is read rightly when its rate is the same
and no value is further off than one part in 10^9 of the largest.
"""
import sys
import tempfile
from pathlib import Path

import numpy as np
import pydicom
import pyedflib
import wfdb
from page import read_in_page

RATE, SECONDS = 360, 10


def signals():
    """Two leads in millivolts: waves of a heart's size, and noise."""
    time = np.arange(RATE * SECONDS) / RATE
    noise = np.random.default_rng(7).normal(0, 0.02, (2, time.size))
    beat = np.exp(-(((time % 0.8) - 0.4) ** 2) / 0.0004)
    return np.stack([beat, -0.4 * beat + 0.1 * np.sin(2 * np.pi * time)], axis=1) + noise.T


def records(folder):
    """Name, files, rate, and values by channel."""
    values = signals()
    # wfdb writes these; the page reads 310 and 311, too, of which tests/browser has a writer.
    for form in ("16", "24", "32", "212"):
        name = f"f{form}"
        wfdb.wrsamp(name, RATE, ["mV", "mV"], ["MLII", "V5"], p_signal=values, fmt=[form] * 2, adc_gain=[200.0] * 2, baseline=[10, -20], write_dir=str(folder))
        record = wfdb.rdrecord(str(folder / name))
        yield f"WFDB {form}", [folder / f"{name}.hea", folder / f"{name}.dat"], record.fs, record.p_signal.T
    for form, kind, unit in (("EDF", pyedflib.FILETYPE_EDF, "mV"), ("EDF+", pyedflib.FILETYPE_EDFPLUS, "uV"), ("BDF", pyedflib.FILETYPE_BDF, "mV")):
        path = folder / f"{form.replace('+', 'plus')}.edf"
        writer = pyedflib.EdfWriter(str(path), 2, file_type=kind)
        scale = 1000 if unit == "uV" else 1
        wide = form == "BDF"
        for i, label in enumerate(("ECG II", "ECG V5")):
            bits = 24 if wide else 16
            physical = {"physical_min": -5 * scale, "physical_max": 5 * scale}
            digital = {"digital_min": -(2 ** (bits - 1)), "digital_max": 2 ** (bits - 1) - 1}
            writer.setSignalHeader(i, {"label": label, "dimension": unit, "sample_frequency": RATE, **physical, **digital})
        writer.writeSamples([np.ascontiguousarray(column * scale) for column in values.T])
        writer.close()
        with pyedflib.EdfReader(str(path)) as reader:
            yield form, [path], reader.getSampleFrequency(0), np.array([reader.readSignal(i) for i in range(2)])
    path = Path(pydicom.data.get_testdata_file("waveform_ecg.dcm"))
    dataset = pydicom.dcmread(path)
    group = max(range(len(dataset.WaveformSequence)), key=lambda i: dataset.WaveformSequence[i].NumberOfWaveformSamples)
    yield "DICOM waveform", [path], float(dataset.WaveformSequence[group].SamplingFrequency), dataset.waveform_array(group).T


def main():
    with tempfile.TemporaryDirectory() as folder:
        written = list(records(Path(folder)))
        made = read_in_page([{"paths": [str(path) for path in paths], "model": "heartbeat"} for _, paths, _, _ in written])
    print("| kind | channels | values each | largest difference |\n|---|---|---|---|")
    wrong = 0
    for (name, _, rate, values), answer in zip(written, made, strict=True):
        if not answer["ok"]:
            print(f"| {name} | | | refused: {answer['why']} |")
            wrong += 1
            continue
        recording = answer["result"]
        page = np.array([column["values"] for column in recording["columns"]], float)
        same = page.shape == values.shape and abs(recording["rate"] / rate - 1) < 1e-9
        worst = float(np.abs(page - values).max() / np.abs(values).max()) if same else np.inf
        wrong += worst > 1e-9
        print(f"| {name} | {len(page)} | {page.shape[1]} | {worst:.1e} of the largest |")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
