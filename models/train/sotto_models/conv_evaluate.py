"""Training and measuring the convolutional models: figures from integer or real scores, over seeds and folds."""

import numpy as np
from sklearn.metrics import roc_auc_score

from .conv import fit, predict


def train(task, recipe, rows, seed):
    """The parameters of one training run on `rows`."""

    def prepare(rng, values):
        return task.standardise(task.augment(rng, values))

    return fit(recipe, task.shape_of(recipe), seed, rows.values, rows.labels, task.shares(recipe, rows), prepare)


def finished(task, seed):
    """The network of the recipe in use, trained on the whole training side.

    Where the task says so, its scores are those of the classes as often as they are there, by Bayes' rule: trained on batches with
    other shares, the log of the ratio is added to the biases. Recipes are compared without this step.
    """
    parameters = train(task, task.recipe, task.train, seed)
    if task.natural:
        frequencies = np.bincount(task.train.labels) / len(task.train)
        shift = np.log(frequencies / np.array(task.recipe.class_shares))
        parameters["dense.bias"] = parameters["dense.bias"] + shift.astype(np.float32)
    return parameters


def scores(task, recipe, parameters, rows):
    """The network's scores of the rows, `[n, class]`."""
    return predict(recipe, parameters, task.standardise(rows.values))


def figures(scores, labels):
    """Accuracy, recall and precision of each class and their means; for two classes also the area under the ROC curve."""
    decided = scores.argmax(axis=1)
    classes = range(scores.shape[1])
    recall = [float((decided[labels == c] == c).mean()) for c in classes]
    precision = [float((labels[decided == c] == c).mean()) if (decided == c).any() else 0.0 for c in classes]
    result = {"accuracy": float((decided == labels).mean()), "balanced accuracy": float(np.mean(recall))}
    if scores.shape[1] == 2:
        result["AUC"] = float(roc_auc_score(labels, scores[:, 1] - scores[:, 0]))
    result |= {f"recall {c}": r for c, r in enumerate(recall)}
    return result | {f"precision {c}": p for c, p in enumerate(precision)}


def balanced_loss(scores, labels):
    """The mean over the classes of the mean log loss of their rows: what recipes are compared by."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(np.mean([-logs[labels == c, c].mean() for c in range(scores.shape[1])]))


def validate(task, recipe, seed):
    """Scores and labels of all rows that the task's folds hold out, each by a model that did not see its group."""
    parts = []
    for inside, outside in task.folds:
        parts.append((scores(task, recipe, train(task, recipe, inside, seed), outside), outside.labels))
    return tuple(np.concatenate(p) for p in zip(*parts, strict=True))


def spread(runs):
    """Mean ± standard deviation of each figure over several runs, one line each."""
    return [f"  {name}: {np.mean([r[name] for r in runs]):.4f} ± {np.std([r[name] for r in runs]):.4f}" for name in runs[0]]
