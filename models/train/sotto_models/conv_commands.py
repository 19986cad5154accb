"""What `train.py` does with the convolutional models: train, evaluate over seeds, compare recipes."""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from . import conv_evaluate, conv_export
from .export import run_network

#: Rows on which the exported network is compared with the trained one.
COMPARED = 64
#: Seeds of which the fixed-point programs are made too.
FIXED_SEEDS = 3


def build(task, seed):
    """Trains one model; returns the files that are committed and the tables that are not, both by name."""
    return export(task, conv_evaluate.finished(task, seed), report=True)


def export(task, parameters, report=False):
    """The files of one trained model: the committed ones and the tables, whose rows must stay out of the project."""
    model = conv_export.network(task, task.recipe, parameters)
    scores = conv_evaluate.scores(task, task.recipe, parameters, task.test)
    inputs = task.standardise(task.test.values[:COMPARED])
    difference = np.abs(run_network(model, inputs) - scores[:COMPARED]).max()
    if difference > 1e-3:
        raise ValueError(f"{task.name}: the exported network differs from the trained one by {difference}")
    figures = conv_evaluate.figures(scores, task.test.labels)
    if report:
        print(f"{task.name}: {task.shape.relus} ReLUs, {sum(w.size for w in parameters.values())} weights; held-out, floating point:")
        print(lines(figures))
    accuracy = {
        "metric": "accuracy",
        # The floating-point network's until the importer puts the fixed-point program's here.
        "value": figures["accuracy"],
        "float_value": figures["accuracy"],
        "test_rows": len(task.test),
        "baseline": task.baseline,
        "baseline_source": task.baseline_source,
    }
    files = {"model.onnx": model, "card.template.json": conv_export.card_template(task, accuracy).encode()}
    tables = {
        "calibration.csv": conv_export.table(task, conv_export.calibration_rows(task)).encode(),
        "test.csv": conv_export.table(task, task.test).encode(),
    }
    return files, tables


def report_evaluation(task, seeds, sotto=None):
    """Prints the held-out figures of the recipe over seeds; with `sotto`, also those of the first fixed-point programs."""
    runs, fixed = [], []
    for seed in seeds:
        parameters = conv_evaluate.finished(task, seed)
        runs.append(conv_evaluate.figures(conv_evaluate.scores(task, task.recipe, parameters, task.test), task.test.labels))
        if sotto and len(fixed) < FIXED_SEEDS:
            fixed.append(_fixed_figures(task, parameters, sotto))
        line = f"{task.name}, seed {seed}: accuracy {runs[-1]['accuracy']:.4f} in floating point"
        print(line + (f", {fixed[-1]['accuracy']:.4f} in fixed point" if len(fixed) == len(runs) else ""), flush=True)
    for what, results in (("floating point", runs), ("fixed point", fixed)):
        if results:
            print("\n".join([f"{task.name}, {what}, {len(results)} seeds:", *conv_evaluate.spread(results)]), flush=True)


def _fixed_figures(task, parameters, sotto):
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder)
        for name, content in (part for files in export(task, parameters) for part in files.items()):
            (sources / name).write_bytes(content)
        command = [sotto, "import", "--onnx", sources / "model.onnx", "--card", sources / "card.template.json"]
        command += ["--calibration", sources / "calibration.csv", "--test", sources / "test.csv"]
        command += ["--out", sources / task.name, "--scores", sources / "scores.csv"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return scores_figures(sources / "scores.csv")


def report_scores(path):
    """Prints the figures of a file that `sotto import --scores` wrote."""
    print(lines(scores_figures(path)))


def lines(figures):
    """Figures for people."""
    return "\n".join(f"  {name}: {value:.4f}" for name, value in figures.items())


def scores_figures(path):
    """The figures of a file that `sotto import --scores` wrote."""
    rows = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.int64)
    return conv_evaluate.figures(rows[:, :-1], rows[:, -1])


def report_tuning(task, seeds):
    """Prints what each recipe of the grid does on the rows that the task's folds hold out; the held-out test has no say.

    The recipe in use is the best one by the task's criterion, on average over the seeds, of those with few enough ReLUs.
    """
    worth = []
    for recipe in task.grid:
        validated = [conv_evaluate.validate(task, recipe, seed) for seed in seeds]
        worth.append(np.mean([task.criterion(*v) for v in validated]))
        runs = [conv_evaluate.figures(*v) for v in validated]
        mean = {name: round(float(np.mean([r[name] for r in runs])), 4) for name in runs[0]}
        print(f"{task.name}: criterion {worth[-1]:.4f}, {task.shape_of(recipe).relus} ReLUs, {json.dumps(mean)}")
        print(f"  {recipe}", flush=True)
    affordable = [k for k, recipe in enumerate(task.grid) if task.shape_of(recipe).relus <= task.most_relus]
    chosen = task.grid[max(affordable, key=lambda k: worth[k])]
    print(f"{task.name}: the rule picks {chosen}, which is {'' if chosen == task.recipe else 'NOT '}in use")
