"""Pipelines of scikit-learn by skl2onnx: 20 entries, fitted to data that is made here."""

import numpy as np
from sklearn import datasets
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron, RidgeClassifier, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC

from entry import Entry

FEATURES = 10


def data(classes):
    x, y = datasets.make_classification(
        n_samples=400, n_features=FEATURES, n_informative=6, n_classes=classes, random_state=7
    )
    return (x * np.linspace(0.5, 4, FEATURES) + np.linspace(-3, 3, FEATURES)).astype(np.float32), y


def rows(rng, count):
    x, _ = data(3)
    return x[rng.permutation(len(x))[:count]]


# Name, classes (0 for regression), pipeline, options of the entry. The output is asked for by its place.
PROBABILITIES, NUMBER = "probabilities", "variable"
MODELS = [
    ("logistic", 3, lambda: make_pipeline(StandardScaler(), LogisticRegression()), {"head": "softmax"}),
    ("logistic", 2, lambda: make_pipeline(StandardScaler(), LogisticRegression()), {"head": "sigmoid"}),
    ("logistic-one-vs-rest", 3, lambda: OneVsRestClassifier(LogisticRegression()), {"head": "one-against-rest"}),
    ("mlp", 3, lambda: make_pipeline(StandardScaler(), MLPClassifier((16, 8), max_iter=60, random_state=0)), {"head": "softmax"}),
    ("mlp", 2, lambda: make_pipeline(MinMaxScaler(), MLPClassifier((16,), max_iter=60, random_state=0)), {"head": "softmax"}),
    ("mlp-tanh", 3, lambda: MLPClassifier((8,), activation="tanh", max_iter=60, random_state=0), {"refused": "Tanh"}),
    ("lda", 3, lambda: LinearDiscriminantAnalysis(), {"head": "softmax"}),
    ("sgd", 3, lambda: make_pipeline(RobustScaler(), SGDClassifier(loss="log_loss", random_state=0)), {"head": "one-against-rest"}),
    ("pca-logistic", 3, lambda: make_pipeline(PCA(5), LogisticRegression()), {"head": "softmax"}),
    ("select-logistic", 3, lambda: make_pipeline(MaxAbsScaler(), SelectKBest(k=6), LogisticRegression()), {"head": "softmax"}),
    ("ridge", 3, lambda: make_pipeline(VarianceThreshold(), RidgeClassifier()), {}),
    ("linear-svc", 3, lambda: make_pipeline(StandardScaler(), LinearSVC(random_state=0)), {}),
    ("perceptron", 3, lambda: make_pipeline(StandardScaler(), Perceptron(random_state=0)), {}),
    ("linear-regression", 0, lambda: make_pipeline(StandardScaler(), LinearRegression()), {}),
    ("mlp-regressor", 0, lambda: make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(12,), max_iter=60, random_state=0)), {}),
    ("forest", 3, lambda: RandomForestClassifier(5, random_state=0), {"refused": "TreeEnsemble"}),
    ("boosting", 2, lambda: GradientBoostingClassifier(n_estimators=5, random_state=0), {"refused": "TreeEnsemble"}),
    ("svc", 3, lambda: SVC(random_state=0), {"refused": "SVM"}),
    ("normalizer", 3, lambda: make_pipeline(Normalizer(), LogisticRegression()), {"refused": "Normalizer|depends on the input|two computed values"}),
    ("imputer-quadratic", 3, lambda: make_pipeline(SimpleImputer(), QuadraticDiscriminantAnalysis(reg_param=0.1)), {"refused": "two computed values|Imputer"}),
]


def entries():
    for name, classes, make, options in MODELS:

        def export(path, classes=classes, make=make):
            from skl2onnx import to_onnx

            x, y = data(classes or 3)
            model = make().fit(x, y if classes else x[:, 0] * 2 - np.abs(x[:, 1]))
            # Of a pipeline that ends in a LinearSVC, skl2onnx wants this to be said.
            option = {"raw_scores": True} if isinstance(last(model), LinearSVC) else {"zipmap": False}
            zipped = {"options": {id(last(model)): option}} if classes else {}
            with open(path, "wb") as file:
                file.write(to_onnx(model, x[:1], **zipped).SerializeToString())

        output = PROBABILITIES if classes else NUMBER
        yield Entry(
            f"sklearn-{name}-{classes}", "sklearn", "skl2onnx", export, (FEATURES,), output=output, rows=rows, **options
        )


def last(model):
    return model.steps[-1][1] if hasattr(model, "steps") else model
