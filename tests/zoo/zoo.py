"""Exports models as their tools write them, imports each with `sotto import`, and compares with onnxruntime.

    python zoo.py --sotto ../../target/debug/sotto --cache DIR [--only PATTERN] [--json FILE]

An entry says what is right: the file imports, and the fixed-point scores of rows that calibration did not see are those
of onnxruntime within the tolerance, or it is refused for a reason that is named. Exports are kept in the cache.
"""

import argparse
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass

import numpy as np

from entry import HEADS, Entry

FAMILIES = ["torch_models", "keras_models", "sklearn_models", "quantised_models", "timm_models", "signal_models"]
# The largest error of a score, of the largest score seen, that an entry's widths explain. What is read wrongly is off by tens of
# per cent.
TOLERANCE = {16: 2.0**-6, 8: 2.0**-4}
# Of values that the card accepts.
LIMIT = 4.0
CALIBRATION, HELD_OUT = 16, 8
SECONDS = 900


@dataclass
class Outcome:
    """What became of an entry."""

    name: str
    family: str
    exporter: str
    expected: str
    result: str
    reason: str
    seconds: float


def entries(families):
    for family in families:
        yield from importlib.import_module(family).entries()


def exported(entry: Entry, cache: str) -> str:
    """The file, exported unless the cache has it."""
    folder = os.path.join(cache, f"{entry.name}-{entry.exporter}")
    path = os.path.join(folder, "model.onnx")
    done = os.path.join(folder, "exported")
    if not os.path.exists(done):
        os.makedirs(folder, exist_ok=True)
        entry.export(path)
        open(done, "w").close()
    return path


def made_rows(entry: Entry):
    rng = np.random.default_rng(10)
    count = CALIBRATION + HELD_OUT
    if entry.rows:
        return entry.rows(rng, count)
    return np.clip(rng.normal(size=(count, *entry.shape)), -LIMIT, LIMIT).astype(np.float32)


def right_scores(entry: Entry, path: str, rows):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    asked = entry.output if entry.output in names else names[-1]
    read = session.get_inputs()[0]
    kind = {"tensor(float16)": np.float16, "tensor(double)": np.float64}.get(read.type, np.float32)
    scores = [session.run([asked], {read.name: row[None].astype(kind)})[0] for row in rows]
    return np.stack([np.asarray(s, np.float64).ravel() for s in scores]), asked, len(names)


def channels_first(entry: Entry, rows):
    return np.moveaxis(rows, -1, 1) if entry.channels_last else rows


def card(entry: Entry, rows, classes: int):
    low, high = float(min(-LIMIT, np.floor(rows.min()))), float(max(LIMIT, np.ceil(rows.max())))
    shape = channels_first(entry, rows).shape[1:]
    if len(shape) == 3 and shape[0] in (1, 3):
        channels, height, width = shape
        size = {"kind": "image", "label": "x", "channels": channels, "height": height, "width": width, "fit": "centre-crop"}
        read, letter = {**size, "min": low, "max": high}, "p"
    elif len(shape) == 2:
        size = {"kind": "signal", "label": "x", "channels": shape[0], "length": shape[1], "sample_rate": 100.0}
        read, letter = {**size, "min": low, "max": high}, "s"
    else:
        letter = "f"
        fields = [
            {"name": f"f{i}", "label": f"f{i}", "min": low, "max": high, "step": 0.001, "example": 0}
            for i in range(int(np.prod(shape)))
        ]
        read = {"kind": "fields", "fields": fields}
    about = {"title": entry.name, "description": "made by the zoo", "task": "class", "provenance": "none", "licence": "none"}
    if classes == 1:
        about["decision"] = {"kind": "value", "range": {"min": -1000, "max": 1000}}
    return {**about, "input": read, "classes": [f"c{i}" for i in range(classes)]}, letter


def write_csv(path: str, letter: str, rows, label: bool):
    flat = rows.reshape(len(rows), -1)
    with open(path, "w") as file:
        file.write(",".join([f"{letter}{i}" for i in range(flat.shape[1])] + ["label"] * label) + "\n")
        for row in flat:
            file.write(",".join([repr(float(v)) for v in row] + ["0"] * label) + "\n")


def imported(entry: Entry, path: str, sotto: str, right):
    """Whether the import went well, and the reason or the largest error."""
    rows = made_rows(entry)
    expected, asked, outputs = right
    folder = os.path.dirname(path)
    at = lambda name: os.path.join(folder, name)  # noqa: E731
    description, letter = card(entry, rows, expected.shape[1])
    with open(at("card.json"), "w") as file:
        json.dump(description, file)
    read = channels_first(entry, rows)
    write_csv(at("calibration.csv"), letter, read[:CALIBRATION], False)
    write_csv(at("test.csv"), letter, read[CALIBRATION:], True)
    command = [
        sotto, "import", "--onnx", path, "--card", at("card.json"), "--calibration", at("calibration.csv"),
        "--test", at("test.csv"), "--scores", at("scores.csv"), "--out", at("bundle"), "--json", "--no-search",
        "--weight-bits", str(entry.widths), "--activation-bits", str(entry.widths), "--accept-missed-goals", "--no-statistics",
    ]  # fmt: skip
    command += ["--output", asked] if outputs > 1 else []
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return False, f"took more than {SECONDS} s"
    if run.returncode:
        return False, " ".join(run.stderr.split()).replace(folder + os.sep, "")
    with open(at(os.path.join("bundle", "program.json"))) as file:
        scale = 2.0 ** json.load(file)["ops"][-1]["output"]["frac_bits"]
    found = np.loadtxt(at("scores.csv"), delimiter=",", skiprows=1, ndmin=2)[:, :-1] / scale
    found, right = HEADS[entry.head](found), expected[CALIBRATION:]
    if found.shape != right.shape:
        return False, f"WRONG: scores of the shape {found.shape}, and {right.shape} are right"
    # Scores that hardly depend on the input would hide an error behind their constant part.
    error = np.abs(found - right).max() / max(np.abs(right).max(), 1e-9)
    spread = np.abs(found - right).max() / max(np.ptp(right, axis=0).max(), 1e-9)
    if max(error, spread / 4) > TOLERANCE[entry.bits]:
        return False, f"WRONG: largest error {error:.2g} of the largest score, {spread:.2g} of how far scores vary"
    return True, f"largest error {error:.1e}"


def judged(entry: Entry, cache: str, sotto: str) -> Outcome:
    start = time.monotonic()
    try:
        path = exported(entry, cache)
        right = right_scores(entry, path, made_rows(entry))
    except Exception as error:  # An exporter and onnxruntime may raise anything.
        reason, result = f"{type(error).__name__}: {error}", "no file that runs"
    else:
        good, reason = imported(entry, path, sotto, right)
        if good:
            result = "imports" if entry.refused is None else "IMPORTS"
        elif "WRONG" in reason:
            result = "WRONG"
        elif entry.refused is None:
            result = "missing"
        else:
            result = "refused" if re.search(entry.refused, reason) else "REFUSED FOR ANOTHER REASON"
    expected = "imports" if entry.refused is None else "refused"
    seconds = time.monotonic() - start
    return Outcome(entry.name, entry.family, entry.exporter, expected, result, " ".join(reason.split())[:400], seconds)


def by_processes(args):
    """Every family in a process of its own: PyTorch's exporter aborts where TensorFlow has been loaded."""
    outcomes = []
    for family in args.families:
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            command = [sys.executable, __file__, "--sotto", args.sotto, "--cache", args.cache, "--only", args.only]
            subprocess.run(command + ["--families", family, "--json", file.name] + ["--export"] * args.export)
            outcomes += [Outcome(**outcome) for outcome in json.loads(file.read() or "[]")]
    return outcomes


def print_totals(outcomes):
    print(f"\n{'family':12}{'entries':>8}{'to import':>11}{'import':>8}{'to refuse':>11}{'refused':>9}{'wrong':>7}")
    families = list(dict.fromkeys(o.family for o in outcomes))
    for family in families + ["all"]:
        of = [o for o in outcomes if family in (o.family, "all")]
        count = lambda **wanted: sum(all(getattr(o, k) == v for k, v in wanted.items()) for o in of)  # noqa: E731
        print(
            f"{family:12}{len(of):8}{count(expected='imports'):11}{count(result='imports'):8}"
            f"{count(expected='refused'):11}{count(result='refused'):9}{count(result='WRONG'):7}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sotto", default="../../target/debug/sotto", help="the command")
    parser.add_argument("--cache", required=True, help="folder for exports and bundles")
    parser.add_argument("--families", nargs="+", default=FAMILIES, help="modules of the entries to run")
    parser.add_argument("--only", default="", help="pattern of 'name exporter' of the entries to run")
    parser.add_argument("--export", action="store_true", help="fill the cache, import nothing")
    parser.add_argument("--json", help="file for the outcomes")
    args = parser.parse_args()
    several = len(args.families) > 1
    outcomes = by_processes(args) if several else []
    for entry in [] if several else entries(args.families):
        if not re.search(args.only, f"{entry.name} {entry.exporter}"):
            continue
        if args.export:
            try:
                exported(entry, args.cache)
            except Exception as error:
                print(f"{entry.name} {entry.exporter}: {type(error).__name__}: {error}"[:300], flush=True)
            continue
        outcomes.append(judged(entry, args.cache, args.sotto))
        o = outcomes[-1]
        print(f"{o.name:34}{o.exporter:16}{o.result:10}{o.seconds:7.1f} s  {o.reason[:160]}", flush=True)
    if outcomes:
        print_totals(outcomes)
    if args.json:
        with open(args.json, "w") as file:
            json.dump([asdict(o) for o in outcomes], file, indent=1)
    good = all(o.result == o.expected for o in outcomes)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
