"""The held-out split, standardisation, cross-validation and the baseline, the same for every data set."""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, train_test_split

from .mlp import Batch, fit, one_hot, softmax

#: The split was fixed before the first model was trained.
SPLIT_SEED = 2026
TEST_SHARE = 0.2
FOLDS = 10


@dataclass(frozen=True)
class Standard:
    """Standardisation `(raw - offset) * scale`, public in the card and so rounded to four significant digits."""

    offset: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, rows):
        """Mean and reciprocal standard deviation of the columns."""
        return cls(_significant(rows.mean(axis=0)), _significant(1.0 / rows.std(axis=0)))

    def apply(self, rows):
        """Raw rows to the network's inputs."""
        return (rows - self.offset) * self.scale


def _significant(values, digits=4):
    return np.array([float(f"{v:.{digits}g}") for v in values])


def split(task):
    """Indices of the training rows and of the held-out rows, both in the order of the source."""
    train, test = train_test_split(np.arange(len(task.labels)), test_size=TEST_SHARE, stratify=task.labels, random_state=SPLIT_SEED)
    return np.sort(train), np.sort(test)


def train(task, index, recipe, seeds):
    """Trains one model per seed on the rows of `index`."""
    standard = Standard.of(task.rows[index])
    x = standard.apply(task.rows[index])[None]
    batch = Batch.random(seeds, x.shape[2], recipe.hidden)
    return standard, fit(batch, x, one_hot(task.labels[index], recipe.smoothing)[None], recipe)


def measure(task, index, standard, batch):
    """Of the rows of `index`, for each model of the batch: the share that it gets right, and the mean log loss."""
    logits = batch.logits(standard.apply(task.rows[index]))
    labels = task.labels[index]
    loss = -np.log(softmax(logits)[:, np.arange(len(index)), labels])
    return (logits.argmax(axis=-1) == labels).mean(axis=-1), loss.mean(axis=-1)


def cross_validate(task, index, recipe, repeats, seeds):
    """Accuracy and log loss over all rows of `index`, each predicted by a model that did not see it: two `[repeat, seed]`."""
    total = np.zeros((2, repeats, seeds))
    for repeat, folds in enumerate(_folds(task, index, repeats)):
        for inside, outside in folds:
            standard, batch = train(task, inside, recipe, [(repeat, seed) for seed in range(seeds)])
            total[:, repeat] += np.array(measure(task, outside, standard, batch)) * len(outside)
    return total / len(index)


def cross_validate_baseline(task, index, repeats):
    """The same for logistic regression with scikit-learn's default penalty: `[repeat]`."""
    result = np.empty(repeats)
    for repeat, folds in enumerate(_folds(task, index, repeats)):
        right = sum(baseline_accuracy(task, inside, outside) * len(outside) for inside, outside in folds)
        result[repeat] = right / len(index)
    return result


def baseline_accuracy(task, inside, outside):
    """Accuracy on the rows `outside` of a logistic regression trained on the rows `inside`."""
    standard = Standard.of(task.rows[inside])
    model = LogisticRegression(max_iter=5000).fit(standard.apply(task.rows[inside]), task.labels[inside])
    return model.score(standard.apply(task.rows[outside]), task.labels[outside])


def partition(task, index):
    """The folds of the first partition: pairs of the rows inside and outside."""
    return next(_folds(task, index, 1))


def _folds(task, index, repeats):
    for repeat in range(repeats):
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=repeat)
        yield [(index[a], index[b]) for a, b in folds.split(index, task.labels[index])]


def wilson(right, count):
    """95% confidence interval of a proportion, by Wilson's score."""
    z = 1.959963984540054
    share = right / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return centre - half, centre + half
