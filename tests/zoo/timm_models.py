"""Published architectures with random weights, by today's exporter: 30 entries."""

import warnings

import torch

from entry import Entry
from torch_models import settled, write

SIGMOID, NORM = "two computed values|Sigmoid|HardSwish|HardSigmoid", "LayerNormalization|GroupNormalization|normal"
# Roundings of fifty layers and more add up: two bits more than of small networks leave errors as small as theirs.
WIDTHS = 18
# Library, name, side of the input, pattern of the reason for a refusal.
MODELS = [
    ("torchvision", "alexnet", 64, None),
    ("torchvision", "vgg11_bn", 32, None),
    ("torchvision", "squeezenet1_0", 64, None),
    ("torchvision", "squeezenet1_1", 64, None),
    ("torchvision", "resnet18", 32, None),
    ("torchvision", "resnet34", 32, None),
    ("torchvision", "resnext50_32x4d", 32, None),
    ("torchvision", "mobilenet_v2", 32, None),
    ("torchvision", "mnasnet0_5", 32, None),
    ("torchvision", "densenet121", 32, None),
    ("torchvision", "googlenet", 32, None),
    ("torchvision", "shufflenet_v2_x0_5", 32, None),
    ("torchvision", "inception_v3", 75, None),
    ("torchvision", "mobilenet_v3_small", 32, SIGMOID),
    ("torchvision", "efficientnet_b0", 32, SIGMOID),
    ("torchvision", "regnet_x_400mf", 32, None),
    ("torchvision", "convnext_tiny", 32, NORM),
    ("torchvision", "swin_t", 32, NORM),
    ("timm", "tf_efficientnet_lite0", 32, None),
    ("timm", "mobilenetv2_050", 32, None),
    ("timm", "fbnetc_100", 32, None),
    ("timm", "spnasnet_100", 32, None),
    ("timm", "regnetx_002", 32, None),
    ("timm", "repvgg_a0", 32, None),
    ("timm", "resnet10t", 32, None),
    ("timm", "dla34", 32, None),
    ("timm", "darknet17", 32, None),
    ("timm", "selecsls42b", 32, None),
    ("timm", "ghostnet_050", 32, SIGMOID),
    ("timm", "vit_tiny_patch16_224", 224, NORM),
]


def make(library, name, side):
    torch.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if library == "timm":
            import timm

            return timm.create_model(name, pretrained=False, num_classes=10)
        import torchvision

        options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        return torchvision.models.get_model(name, weights=None, num_classes=10, **options)


def lively(model, shape):
    """The model with the batch normalisations' statistics of normal inputs: with others, nothing of the input is left at the
    end of a deep network."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    if norms:
        with torch.no_grad():
            model(torch.randn(32, *shape))
    return model.eval()


def entries():
    for library, name, side, refused in MODELS:

        def export(path, library=library, name=name, side=side):
            shape = (3, side, side)
            write(lively(settled(make(library, name, side)), shape), shape, path, dynamo=True)

        yield Entry(f"{library}-{name}", "published", "dynamo", export, (3, side, side), refused, widths=WIDTHS)
