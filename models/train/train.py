"""Trains the shipped models from the public data and writes what `sotto import` reads.

    python models/train/train.py wdbc heart            # train, write models/train/<name>/
    python models/train/train.py wdbc --check          # train again, compare with the files there
    python models/train/train.py wdbc --evaluate       # the accuracy figures of models/<name>/README.md
    python models/train/train.py wdbc --fixed SOTTO    # the same for the fixed-point programs, by the `sotto` command
    python models/train/train.py wdbc --tune           # the comparison of recipes that chose the one in use

wdbc and heart are small networks on tables out of PyPI packages. pneumonia and heartbeat are convolutional networks on
pictures and signals out of a data folder (`--data`); their tables go to models/train/.cache/<name>/ and must not be committed.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile

# Before numpy starts its threads: the matrices are too small for them, and one thread keeps the order of the sums.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
os.environ.update(XLA_FLAGS="--xla_cpu_multi_thread_eigen=false", JAX_PLATFORMS="cpu")

import hashlib  # noqa: E402
import importlib  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
from sotto_models import evaluate, export, heart, wdbc  # noqa: E402
from sotto_models.mlp import Recipe  # noqa: E402

TASKS = {"wdbc": wdbc.load, "heart": heart.load}
#: Modules of `sotto_models`; imported when asked for, because JAX takes its time.
CONV_TASKS = ("pneumonia", "heartbeat")
HERE = Path(__file__).resolve().parent
CACHE = HERE / ".cache"
#: The seed of the shipped model, chosen before training and not by its result.
SHIPPED_SEED = (2026, 0)
SEEDS = 10
REPEATS = 10
TUNING_SEEDS = 3
TUNING_REPEATS = 3
CONV_SEEDS = 5
CONV_TUNING_SEEDS = 1
GRID = [
    Recipe(hidden=hidden, weight_decay=weight_decay, smoothing=smoothing)
    for hidden in (8, 16)
    for weight_decay in (0.01, 0.02, 0.04, 0.08, 0.12)
    for smoothing in (0.0, 0.1)
]


def build(task, train, test):
    """Trains one model on the rows `train`; returns the files' contents by name and prints its accuracy on `test`."""
    standard, batch = evaluate.train(task, train, task.recipe, [SHIPPED_SEED])
    model = export.network(task, batch.pruned(0))
    inputs = standard.apply(task.rows[test])
    logits = batch.logits(inputs)[0]
    difference = np.abs(export.run_network(model, inputs) - logits).max()
    if difference > 1e-4:
        raise ValueError(f"{task.name}: the exported network differs from the trained one by {difference}")
    report_test(task, test, logits)
    samples = export.pick_samples(task, test, logits)
    measured = float(evaluate.measure(task, test, standard, batch)[0][0])
    accuracy = {
        "metric": "accuracy",
        # The floating-point network's until the importer puts the fixed-point program's here.
        "value": measured,
        "float_value": measured,
        "test_rows": len(test),
        "baseline": evaluate.baseline_accuracy(task, train, test),
        "baseline_source": "logistic regression on the same rows, floating point",
    }
    return {
        "model.onnx": model,
        "card.template.json": export.card_template(task, standard, train, accuracy, samples).encode(),
        "calibration.csv": export.table(task, train).encode(),
        "test.csv": export.table(task, test).encode(),
    }


def report_test(task, test, logits):
    """Prints accuracy and recall of the shipped model on the held-out rows."""
    right = logits.argmax(axis=1) == task.labels[test]
    low, high = evaluate.wilson(right.sum(), len(test))
    print(f"{task.name}: held-out {right.sum()}/{len(test)} = {right.mean():.4f} (95% interval {low:.3f} to {high:.3f})")
    for label, name in enumerate(task.classes):
        of_class = right[task.labels[test] == label]
        print(f"  recall of {name}: {of_class.sum()}/{len(of_class)} = {of_class.mean():.4f}")


def report_evaluation(task):
    """Prints the recipe's accuracy over seeds and by cross-validation, beside logistic regression's on the same rows."""
    train, test = evaluate.split(task)
    standard, batch = evaluate.train(task, train, task.recipe, [(2026, seed) for seed in range(SEEDS)])
    held_out, _ = evaluate.measure(task, test, standard, batch)
    print(f"{task.name}: held-out, {SEEDS} seeds: {spread(held_out)}")
    print(f"  logistic regression: {evaluate.baseline_accuracy(task, train, test):.4f}")
    rows = np.arange(len(task.labels))
    result, _ = evaluate.cross_validate(task, rows, task.recipe, REPEATS, SEEDS)
    baseline = evaluate.cross_validate_baseline(task, rows, REPEATS)
    print(f"  {evaluate.FOLDS}-fold cross-validation, all {len(rows)} rows, {REPEATS} partitions, {SEEDS} seeds: {spread(result)}")
    print(f"    means of the partitions: {spread(result.mean(axis=1))}; of the seeds: {spread(result.mean(axis=0))}")
    print(f"    logistic regression, the same partitions: {spread(baseline)}")


def report_fixed(task, sotto):
    """Prints the cross-validated accuracy of what `sotto import` makes of the models: the fixed-point programs.

    One partition, the shipped model's seed. Each fold is calibrated on the rows that it was trained on.
    """
    right = {"value": 0, "float_value": 0}
    for inside, outside in evaluate.partition(task, np.arange(len(task.labels))):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(None):
            sources = Path(folder) / "sources"
            write(sources, build(task, inside, outside))
            report = subprocess.run(
                [sotto, "import", "--json", "--onnx", sources / "model.onnx", "--card", sources / "card.template.json"]
                + ["--calibration", sources / "calibration.csv", "--test", sources / "test.csv", "--out", f"{folder}/{task.name}"],
                check=True,
                capture_output=True,
            )
        accuracy = json.loads(report.stdout)["accuracy"]
        for key in right:
            right[key] += round(accuracy[key] * len(outside))
    rows = len(task.labels)
    print(f"{task.name}: {evaluate.FOLDS}-fold cross-validation, {rows} rows, one partition, one seed: "
          f"fixed point {right['value'] / rows:.4f}, floating point {right['float_value'] / rows:.4f}")


def report_tuning(task):
    """Prints the cross-validated accuracy and log loss of every recipe of the grid on the training part.

    The recipe in use is the one of least log loss among those whose accuracy is within one standard deviation over
    the partitions of the best: accuracy alone does not tell them apart on so few rows, and the page shows class scores.
    """
    train, _ = evaluate.split(task)
    results = []
    for recipe in GRID:
        accuracy, loss = evaluate.cross_validate(task, train, recipe, TUNING_REPEATS, TUNING_SEEDS)
        results.append((accuracy.mean(), accuracy.mean(axis=1).std(), loss.mean(), recipe))
        print(f"{task.name} accuracy {spread(accuracy)} log loss {spread(loss)}  {recipe}", flush=True)
    best, deviation, _, _ = max(results, key=lambda r: r[0])
    _, _, _, chosen = min((r for r in results if r[0] >= best - deviation), key=lambda r: r[2])
    print(f"{task.name}: the rule picks {chosen}, which is {'' if chosen == task.recipe else 'NOT '}in use")


def spread(values):
    """Mean ± standard deviation."""
    return f"{values.mean():.4f} ± {values.std():.4f}"


def write(folder, files):
    """Writes the files and prints their digests."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
        print(f"  {hashlib.sha256(content).hexdigest()}  {folder.name}/{name}")


def differing(folder, files):
    """Names of the files whose contents are not those in `folder`."""
    return [name for name, content in files.items() if not (folder / name).is_file() or (folder / name).read_bytes() != content]


def run_conv(name, arguments):
    """Does what the command line asks of a convolutional model; returns the names of stale files."""
    from sotto_models import conv_commands

    task = importlib.import_module(f"sotto_models.{name}").load(arguments.data)
    seeds = [(2026, seed) for seed in range(CONV_SEEDS)]
    if arguments.evaluate or arguments.fixed:
        conv_commands.report_evaluation(task, seeds, arguments.fixed)
    elif arguments.tune:
        conv_commands.report_tuning(task, seeds[:CONV_TUNING_SEEDS])
    else:
        files, tables = conv_commands.build(task, SHIPPED_SEED)
        if arguments.check:
            return [f"{name}/{file}" for file in differing(HERE / name, files)]
        write(HERE / name, files)
        write(CACHE / name, tables)
    return []


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", choices=[*TASKS, *CONV_TASKS], metavar="MODEL", help=f"one or more of: {', '.join([*TASKS, *CONV_TASKS])}")
    parser.add_argument("--data", metavar="FOLDER", help="where the pictures and signals are (default: SOTTO_DATA, or ../shared/data)")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="write nothing; fail if the result differs from the files in place")
    mode.add_argument("--evaluate", action="store_true", help="write nothing; print accuracy over seeds and partitions")
    mode.add_argument("--fixed", metavar="SOTTO", help="write nothing; accuracy of the fixed-point programs, made by this `sotto`")
    mode.add_argument("--tune", action="store_true", help="write nothing; compare the recipes of the grid")
    arguments = parser.parse_args()
    stale = []
    for name in arguments.models:
        if name in CONV_TASKS:
            stale += run_conv(name, arguments)
            continue
        task = TASKS[name]()
        if arguments.evaluate:
            report_evaluation(task)
        elif arguments.fixed:
            report_fixed(task, arguments.fixed)
        elif arguments.tune:
            report_tuning(task)
        elif arguments.check:
            stale += [f"{name}/{file}" for file in differing(HERE / name, build(task, *evaluate.split(task)))]
        else:
            write(HERE / name, build(task, *evaluate.split(task)))
    if stale:
        sys.exit(f"not what training gives: {', '.join(stale)}")


if __name__ == "__main__":
    main()
