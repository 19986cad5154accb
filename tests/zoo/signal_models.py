"""Classifiers of signals, over one dimension, in PyTorch: 8 entries. Keras' two are with its others, since exporters of both
frameworks do not live in one process."""

import torch
from torch import nn
from torch.nn import functional as F

from entry import Entry
from torch_models import CLASSES, settled, write


def block(inputs, outputs, kernel=5, **options):
    padding = options.pop("padding", kernel // 2)
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel, padding=padding, **options), nn.BatchNorm1d(outputs), nn.ReLU()
    )


def ended(channels, *layers):
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(block(channels, channels), nn.Conv1d(channels, channels, 3, padding=1))

    def forward(self, x):
        return F.relu(self.body(x) + x)


class Causal(nn.Module):
    """A layer of a temporal convolutional network: it pads on both sides and cuts the end off."""

    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.cut = 2 * dilation
        self.conv = nn.Conv1d(inputs, outputs, 3, padding=self.cut, dilation=dilation)

    def forward(self, x):
        return F.relu(self.conv(x)[:, :, : -self.cut])


class InceptionTime(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(inputs, 4, k, padding=k // 2, bias=False) for k in (3, 7, 11))
        self.pooled, self.norm = nn.Conv1d(inputs, 4, 1, bias=False), nn.BatchNorm1d(16)

    def forward(self, x):
        parts = [conv(x) for conv in self.convs] + [self.pooled(F.max_pool1d(x, 3, 1, 1))]
        return F.relu(self.norm(torch.cat(parts, 1)))


class AsPicture(nn.Module):
    """A signal as a picture of one row, as EEG networks do."""

    def __init__(self):
        super().__init__()
        self.time = nn.Conv2d(1, 4, (1, 9), padding=(0, 4), bias=False)
        self.space, self.norm = nn.Conv2d(4, 8, (3, 1), groups=4, bias=False), nn.BatchNorm2d(8)
        self.head = nn.Linear(8 * 16, CLASSES)

    def forward(self, x):
        x = F.relu(self.norm(self.space(self.time(x.unsqueeze(1)))))
        return self.head(F.avg_pool2d(x, (1, 4)).flatten(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, CLASSES)

    def forward(self, x):
        return self.head(self.body(x.transpose(1, 2))[0][:, -1])


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.weight, self.head = block(3, 8), nn.Conv1d(8, 1, 1), nn.Linear(8, CLASSES)

    def forward(self, x):
        x = self.body(x)
        return self.head((x * self.weight(x).softmax(-1)).sum(-1))


MODELS = [
    ("plain", "dynamo", lambda: ended(16, block(3, 8), nn.MaxPool1d(2), block(8, 16)), None),
    ("plain", "torchscript-17", lambda: ended(16, block(3, 8), nn.MaxPool1d(2), block(8, 16)), None),
    ("residual", "dynamo", lambda: ended(8, block(3, 8), Residual(8)), None),
    ("causal", "dynamo", lambda: ended(8, Causal(3, 8, 1), Causal(8, 8, 2), Causal(8, 8, 4)), None),
    ("inception-time", "torchscript-17", lambda: ended(16, InceptionTime(3), nn.AvgPool1d(3, 2, 1)), None),
    ("as-picture", "dynamo", AsPicture, None),
    ("recurrent", "torchscript-17", Recurrent, "feed-forward"),
    ("attending", "dynamo", Attending, "Softmax"),
]


def entries():
    shape = (3, 64)
    for name, exporter, make, refused in MODELS:

        def export(path, make=make, exporter=exporter):
            torch.manual_seed(2)
            dynamo = exporter == "dynamo"
            write(settled(make()), shape, path, dynamo, opset=None if dynamo else 17)

        yield Entry(f"signal-{name}", "signal", exporter, export, shape, refused)
