"""Cleveland heart disease: 303 patients sent to coronary angiography, 13 clinical measurements."""

import csv
import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from .mlp import Recipe
from .task import Field, Task

PACKAGE = "orange3==3.40.0"
MEMBER = "Orange/datasets/heart_disease.tab"
SHA256 = "954e44e3d93a97682b5466c7ea166e16f376f8dd93deef5855f511734e4d6224"
MISSING = "?"
CACHE = Path(__file__).resolve().parent.parent / ".cache"

NO_YES = ("no", "yes")

# The form's fields in the order of the source. Categories carry their position as value, in the order of the original UCI codes.
FIELDS = (
    Field("age", "Age", "years", "Age of the patient", 20, 90, 1),
    Field("sex", "Sex", "", "Sex, as recorded in the data", 0, 1, 1, ("female", "male")),
    Field(
        "chest_pain", "Chest pain", "", "Kind of chest pain", 0, 3, 1,
        ("typical angina", "atypical angina", "pain other than angina", "none (asymptomatic)"),
    ),
    Field("resting_blood_pressure", "Resting blood pressure", "mm Hg", "Systolic, on admission to the hospital", 80, 220, 1),
    Field("cholesterol", "Cholesterol", "mg/dl", "Total cholesterol in the serum", 100, 600, 1),
    Field("high_fasting_sugar", "High fasting blood sugar", "", "Whether fasting blood sugar exceeds 120 mg/dl", 0, 1, 1, NO_YES),
    Field(
        "resting_ecg", "Resting ECG", "", "Finding of the electrocardiogram at rest", 0, 2, 1,
        ("normal", "ST-T wave abnormality", "left ventricular hypertrophy"),
    ),
    Field("max_heart_rate", "Highest heart rate", "beats/min", "Highest heart rate reached in the exercise test", 60, 220, 1),
    Field("exercise_angina", "Angina under exercise", "", "Whether exercise brought on angina", 0, 1, 1, NO_YES),
    Field("st_depression", "ST depression", "mm", "Depression of the ST segment by exercise, relative to rest (1 mm = 0.1 mV)", 0, 7, 0.1),
    Field(
        "st_slope", "Slope of the ST segment", "", "Slope of the ST segment at peak exercise", 0, 2, 1,
        ("upsloping", "flat", "downsloping"),
    ),
    Field("coloured_vessels", "Major vessels coloured", "vessels", "Number of major vessels coloured by fluoroscopy", 0, 3, 1),
    Field(
        "thallium", "Thallium scan", "", "Finding of the thallium stress scan of the heart muscle", 0, 2, 1,
        ("normal", "fixed defect", "reversible defect"),
    ),
)

# The source's words for the categories, by column, in the order of the choices above.
SOURCE_WORDS = {
    1: ("female", "male"),
    2: ("typical ang", "atypical ang", "non-anginal", "asymptomatic"),
    6: ("normal", "ST-T abnormal", "left vent hypertrophy"),
    10: ("upsloping", "flat", "downsloping"),
    12: ("normal", "fixed defect", "reversable defect"),
}


def load():
    """Reads the data from the Orange package; class 1 is a narrowing of more than half of a vessel's diameter."""
    lines = list(csv.reader(io.StringIO(_source().decode()), delimiter="\t"))[3:]
    # Six patients lack the fluoroscopy or the thallium scan. The form asks for both, so they are left out, not guessed.
    numbered = [(number, line) for number, line in enumerate(lines, 1) if MISSING not in line]
    if len(lines) != 303 or len(numbered) != 297:
        raise ValueError(f"expected 303 patients, 297 of them complete; found {len(lines)} and {len(numbered)}")
    return Task(
        name="heart",
        title="Heart: coronary disease or not",
        description=(
            "Reads 13 clinical measurements of a patient with suspected coronary disease and says whether an angiogram would "
            "show a vessel narrowed by more than half. A research demonstration, not a medical device."
        ),
        task="coronary heart disease or not",
        classes=("no heart disease", "heart disease"),
        fields=FIELDS,
        rows=np.array([[_value(line, column) for column in range(len(FIELDS))] for _, line in numbered]),
        labels=np.array([int(line[13]) for _, line in numbered]),
        row_numbers=np.array([number for number, _ in numbered]),
        provenance=(
            "Heart Disease, Cleveland database, principal investigator Robert Detrano, M.D., Ph.D., V.A. Medical Center, Long Beach and "
            "Cleveland Clinic Foundation, 1988 (with A. Janosi, W. Steinbrunn and M. Pfisterer); UCI Machine Learning Repository, "
            "doi:10.24432/C52P4X; the copy in the PyPI package orange3 3.40.0. Trained by models/train/train.py."
        ),
        licence="Data: CC BY 4.0, changed by leaving out six incomplete rows, numbering the categories, splitting, renaming the columns",
        recipe=Recipe(hidden=16, weight_decay=0.08),
    )


def _value(line, column):
    words = SOURCE_WORDS.get(column)
    return float(words.index(line[column])) if words else float(line[column])


def _source():
    """The table's bytes out of the wheel, which is downloaded once and never installed."""
    wheels = list(CACHE.glob("orange3-*.whl"))
    if not wheels:
        # One platform's wheel for everybody: the table is the same in all, and nothing of it is run.
        platform = ["--only-binary=:all:", "--platform=manylinux_2_28_x86_64", "--python-version=3.11"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *platform, f"--dest={CACHE}", PACKAGE]
        subprocess.run(command, check=True)
        wheels = list(CACHE.glob("orange3-*.whl"))
    with zipfile.ZipFile(wheels[0]) as wheel:
        table = wheel.read(MEMBER)
    if hashlib.sha256(table).hexdigest() != SHA256:
        raise ValueError(f"{MEMBER} of {PACKAGE} is not the file that this model was made for")
    return table
