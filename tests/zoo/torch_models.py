"""Small classifiers in PyTorch, each by both exporters: 40 entries. Weights are random, statistics are not trivial."""

import warnings

import torch
from torch import nn
from torch.nn import functional as F

from entry import Entry

CLASSES = 4


def settled(model, seed=0):
    """The model in eval mode with statistics of batch normalisations as training leaves them."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.track_running_stats:
            module.running_mean.copy_(torch.randn(module.running_mean.shape, generator=generator) * 0.2)
            module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) + 0.5)
            if module.affine:
                module.weight.data.copy_(torch.rand(module.weight.shape, generator=generator) + 0.5)
                module.bias.data.copy_(torch.randn(module.bias.shape, generator=generator) * 0.1)
    return model.eval()


def conv_block(inputs, outputs, activation=None, **options):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=options.pop("padding", 1), bias=False, **options),
        nn.BatchNorm2d(outputs),
        activation or nn.ReLU(),
    )


def ended(channels, *layers):
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


class Mlp(nn.Sequential):
    def __init__(self, activation=nn.ReLU):
        super().__init__(
            nn.Linear(20, 32), nn.BatchNorm1d(32), activation(), nn.Dropout(0.5), nn.Linear(32, CLASSES)
        )


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.c, self.d = nn.Linear(16 * 4 * 4, 32), nn.Linear(32, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.a(x)), 2)
        x = F.max_pool2d(F.relu(self.b(x)), 2)
        return self.d(F.relu(self.c(x.view(x.size(0), -1))))


class Residual(nn.Module):
    """A basic block; `shortcut` is a convolution, or option A of ResNets for CIFAR."""

    def __init__(self, inputs, outputs, stride, free=False):
        super().__init__()
        self.body = nn.Sequential(
            conv_block(inputs, outputs, stride=stride),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.free, self.added = free, outputs - inputs
        self.shortcut = nn.Identity() if free or stride == 1 else nn.Conv2d(inputs, outputs, 1, stride=stride)

    def forward(self, x):
        if self.free and self.added:
            half = self.added // 2
            return F.relu(self.body(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, half, self.added - half)))
        return F.relu(self.body(x) + self.shortcut(x))


def res_net(free):
    return ended(16, conv_block(3, 8), Residual(8, 8, 1, free), Residual(8, 16, 2, free))


class Separable(nn.Sequential):
    def __init__(self, inputs, outputs, stride):
        super().__init__(
            conv_block(inputs, inputs, nn.ReLU6(), groups=inputs, stride=stride),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU6(),
        )


class Fire(nn.Module):
    def __init__(self, inputs, squeezed, expanded):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.one, self.three = nn.Conv2d(squeezed, expanded, 1), nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.one(x)), F.relu(self.three(x))], 1)


class Inception(nn.Module):
    """Averages that leave the padding out, beside convolutions."""

    def __init__(self, inputs):
        super().__init__()
        self.one, self.three = nn.Conv2d(inputs, 4, 1), conv_block(inputs, 4)
        self.pooled = nn.Conv2d(inputs, 4, 1)

    def forward(self, x):
        average = F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
        return torch.cat([self.one(x), self.three(x), F.relu(self.pooled(average))], 1)


class Dense(nn.Module):
    def __init__(self, inputs, growth=6):
        super().__init__()
        self.norm, self.conv = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, growth, 3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([x, self.conv(F.relu(self.norm(x)))], 1)


class Shuffled(nn.Module):
    """A unit of ShuffleNet V2: half of the channels pass, and then they change places."""

    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.body = nn.Sequential(
            nn.Conv2d(half, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(), conv_block(half, half, groups=half)
        )

    def forward(self, x):
        kept, changed = x.chunk(2, dim=1)
        x = torch.cat([kept, self.body(changed)], 1)
        batch, channels, height, width = x.shape
        return x.view(batch, 2, channels // 2, height, width).transpose(1, 2).reshape(batch, channels, height, width)


class Normalised(nn.Module):
    """Standardises pixels itself, with a mean and a deviation per channel."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))
        self.body = ended(8, conv_block(3, 8, stride=2))

    def forward(self, x):
        return self.body((x - self.mean) / self.deviation)


class LargestOverMap(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = conv_block(3, 8), nn.Linear(16, CLASSES)

    def forward(self, x):
        x = self.body(x)
        return self.head(torch.cat([x.amax((2, 3)), x.mean((2, 3))], 1))


class Bounded(nn.Module):
    """Piecewise linear functions other than ReLU."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(n, 24) for n in (20, 24, 24))
        self.head = nn.Linear(24, CLASSES)

    def forward(self, x):
        x = F.hardtanh(self.a(x))
        x = F.hardsigmoid(self.b(x))
        return self.head(torch.clamp(torch.abs(self.c(x)), max=2.0) - torch.clamp(x, min=0.25))


class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(conv_block(3, 8), nn.MaxPool2d(2))
        self.head = nn.Linear(4 * 4 * 8, CLASSES)

    def forward(self, x):
        return self.head(self.body(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).flatten(1))


class TwoOutputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Sequential(nn.Linear(20, 16), nn.ReLU()), nn.Linear(16, CLASSES)

    def forward(self, x):
        features = self.body(x)
        return features, F.softmax(self.head(features), 1)


class Pyramid(nn.Module):
    """Pools of several sizes side by side, summed rows and columns, and a product with a stored number."""

    def __init__(self):
        super().__init__()
        self.body, self.head = conv_block(3, 6, stride=2), nn.Linear(6 * (1 + 4 + 16), CLASSES)

    def forward(self, x):
        x = self.body(x) * 0.5
        return self.head(torch.cat([F.adaptive_avg_pool2d(x, n).flatten(1) for n in (1, 2, 4)], 1))


MODELS = [
    ("mlp", Mlp, (20,), {}),
    ("lenet", LeNet, (1, 24, 24), {}),
    ("conv-bn", lambda: ended(16, conv_block(3, 8), nn.MaxPool2d(2), conv_block(8, 16)), (3, 16, 16), {}),
    ("resnet", lambda: res_net(False), (3, 16, 16), {}),
    ("resnet-option-a", lambda: res_net(True), (3, 16, 16), {}),
    (
        "dilated",
        lambda: ended(8, conv_block(3, 8), conv_block(8, 8, padding=2, dilation=2)),
        (3, 16, 16),
        {},
    ),
    ("leaky", lambda: ended(8, conv_block(3, 8, nn.LeakyReLU(0.1)), conv_block(8, 8, nn.LeakyReLU())), (3, 12, 12), {}),
    ("prelu", lambda: ended(8, conv_block(3, 8, nn.PReLU(8)), conv_block(8, 8, nn.PReLU())), (3, 12, 12), {}),
    ("mobile", lambda: ended(16, conv_block(3, 8, stride=2), Separable(8, 16, 1), Separable(16, 16, 2)), (3, 16, 16), {}),
    (
        "fire-ceil",
        lambda: ended(
            16, nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(8, 4, 8)
        ),
        (3, 20, 20),
        {},
    ),
    ("inception", lambda: ended(12, conv_block(3, 6), Inception(6)), (3, 10, 10), {}),
    (
        "densenet",
        lambda: ended(18, nn.Conv2d(3, 6, 3, padding=1), Dense(6), Dense(12), nn.BatchNorm2d(18), nn.ReLU()),
        (3, 12, 12),
        {},
    ),
    ("shuffle", lambda: ended(12, conv_block(3, 12), Shuffled(12), Shuffled(12)), (3, 12, 12), {}),
    ("normalised", Normalised, (3, 16, 16), {}),
    ("largest-over-map", LargestOverMap, (3, 12, 12), {}),
    ("bounded", Bounded, (20,), {}),
    ("channels-last", ChannelsLast, (8, 8, 3), {"channels_last": True}),
    ("two-outputs", TwoOutputs, (20,), {"output": "scores", "head": "softmax"}),
    ("pyramid", Pyramid, (3, 16, 16), {}),
    ("gelu", lambda: Mlp(nn.GELU), (20,), {"refused": "Gelu|Erf|Relu in its place"}),
]


def write(model, shape, path, dynamo, outputs=None, opset=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"opset_version": opset} if opset else {}
        torch.onnx.export(
            model, (torch.zeros(1, *shape),), path, dynamo=dynamo, output_names=outputs, verbose=False, **options
        )


def entries():
    for name, make, shape, options in MODELS:
        for exporter, dynamo, opset in (("dynamo", True, None), ("torchscript-17", False, 17)):

            def export(path, make=make, shape=shape, dynamo=dynamo, opset=opset, options=options):
                torch.manual_seed(1)
                outputs = ["features", "scores"] if "output" in options else None
                write(settled(make()), shape, path, dynamo, outputs, opset)

            yield Entry(f"torch-{name}", "torch", exporter, export, shape, **options)
