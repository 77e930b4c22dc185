"""The architectures of tools/architectures in PyTorch: torchvision's where it has them, ours where it does not.

Weights are random: what is tested is the import, the passes and the numerics of each architecture, not its accuracy. Each entry
of NETS is name -> (constructor, input shape without the batch).
"""

import torch
import torchvision.models as tv
from torch import nn


def conv_bn(inputs, outputs, kernel=3, stride=1, groups=1, act=nn.ReLU):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, act()) if act else nn.Sequential(*layers)


def zfnet():
    """Zeiler and Fergus, 2013: AlexNet with a 7x7 stride 2 first layer and local response normalization."""
    return nn.Sequential(
        nn.Conv2d(3, 96, 7, 2, 1), nn.ReLU(), nn.MaxPool2d(3, 2, 1), nn.LocalResponseNorm(5, 1e-4, 0.75, 2),
        nn.Conv2d(96, 256, 5, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1), nn.LocalResponseNorm(5, 1e-4, 0.75, 2),
        nn.Conv2d(256, 384, 3, 1, 1), nn.ReLU(), nn.Conv2d(384, 384, 3, 1, 1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Flatten(),
        nn.Linear(256 * 6 * 6, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 1000))


def mobilenet_v1():
    """Howard et al., 2017: 13 depthwise separable blocks."""
    plan = [(32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2)] + [(512, 512, 1)] * 5
    plan += [(512, 1024, 2), (1024, 1024, 1)]
    layers = [conv_bn(3, 32, stride=2, act=nn.ReLU6)]
    for inputs, outputs, stride in plan:
        layers += [conv_bn(inputs, inputs, 3, stride, inputs, nn.ReLU6), conv_bn(inputs, outputs, 1, act=nn.ReLU6)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1000))


class MBConv(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        wide = inputs * expansion
        layers = [conv_bn(inputs, wide, 1, act=nn.ReLU6)] if expansion > 1 else []
        layers += [conv_bn(wide, wide, kernel, stride, wide, nn.ReLU6), conv_bn(wide, outputs, 1, act=None)]
        self.body = nn.Sequential(*layers)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


def efficientnet_lite0():
    """EfficientNet-B0 without squeeze-and-excitation, ReLU6 for swish (Tan and Le, 2019; the lite variant of 2020)."""
    plan = [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]
    layers, inputs = [conv_bn(3, 32, stride=2, act=nn.ReLU6)], 32
    for expansion, outputs, repeats, stride, kernel in plan:
        for index in range(repeats):
            layers.append(MBConv(inputs, outputs, kernel, stride if index == 0 else 1, expansion))
            inputs = outputs
    layers += [conv_bn(320, 1280, 1, act=nn.ReLU6), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(1280, 1000)]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Ronneberger et al., 2015, four levels, transposed convolutions on the way up."""

    def __init__(self, base=16, levels=4, classes=2):
        super().__init__()
        widths = [base << level for level in range(levels + 1)]
        self.down = nn.ModuleList(self.block(a, b) for a, b in zip([3] + widths, widths))
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, 2) for a, b in zip(widths, widths[1:]))
        self.merge = nn.ModuleList(self.block(2 * a, a) for a in widths[:-1])
        self.head = nn.Conv2d(base, classes, 1)

    @staticmethod
    def block(inputs, outputs):
        return nn.Sequential(conv_bn(inputs, outputs), conv_bn(outputs, outputs))

    def forward(self, x):
        kept = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else nn.functional.max_pool2d(x, 2))
            kept.append(x)
        for up, merge, skip in zip(reversed(self.up), reversed(self.merge), reversed(kept[:-1])):
            x = merge(torch.cat([skip, up(x)], 1))
        return self.head(x)


class TinyYOLO(nn.Module):
    """A two-scale detector in the manner of YOLOv3-tiny (Redmon and Farhadi, 2018), its boxes decoded in the net."""

    anchors = [[(10, 14), (23, 27), (37, 58)], [(81, 82), (135, 169), (344, 319)]]

    def __init__(self, classes=20):
        super().__init__()
        def block(a, b, kernel=3):
            return conv_bn(a, b, kernel, act=lambda: nn.LeakyReLU(0.1))
        self.stem = nn.Sequential(
            block(3, 16), nn.MaxPool2d(2), block(16, 32), nn.MaxPool2d(2), block(32, 64), nn.MaxPool2d(2), block(64, 128), nn.MaxPool2d(2),
            block(128, 256))
        self.deep = nn.Sequential(nn.MaxPool2d(2), block(256, 512), block(512, 256, 1))
        self.lateral, self.fine = block(256, 128, 1), block(384, 256)
        self.heads = nn.ModuleList([nn.Conv2d(256, 3 * (5 + classes), 1), nn.Conv2d(256, 3 * (5 + classes), 1)])
        self.classes = classes

    def decode(self, y, anchors, stride):
        n, _, h, w = y.shape
        y = y.view(n, 3, 5 + self.classes, h, w).permute(0, 1, 3, 4, 2)
        rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        grid = torch.stack([columns, rows], -1).float()
        center = (torch.sigmoid(y[..., :2]) + grid) * stride
        size = torch.exp(y[..., 2:4]) * torch.tensor(anchors).float().view(1, 3, 1, 1, 2)
        return torch.cat([center, size, torch.sigmoid(y[..., 4:])], -1).reshape(n, -1, 5 + self.classes)

    def forward(self, x):
        fine = self.stem(x)
        deep = self.deep(fine)
        up = nn.functional.interpolate(self.lateral(deep), scale_factor=2.0, mode="nearest")
        outputs = [self.heads[0](self.fine(torch.cat([up, fine], 1))), self.heads[1](deep)]
        return torch.cat([self.decode(y, a, s) for y, a, s in zip(outputs, self.anchors, (16, 32))], 1)


def dcgan_generator():
    """Radford et al., 2015: latent 100 to a 64x64 picture."""
    widths = [100, 512, 256, 128, 64]
    layers = []
    for index, (a, b) in enumerate(zip(widths, widths[1:])):
        layers += [nn.ConvTranspose2d(a, b, 4, 2 if index else 1, 1 if index else 0, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())


def conv_autoencoder():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 7), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 7), nn.ReLU(), nn.ConvTranspose2d(32, 16, 3, 2, 1, 1), nn.ReLU(),
        nn.ConvTranspose2d(16, 1, 3, 2, 1, 1), nn.Sigmoid())


def denoising_autoencoder():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 256), nn.ReLU(),
        nn.Linear(256, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)))


def convnet_3d():
    """C3D in small (Tran et al., 2015)."""
    layers, inputs = [], 3
    for index, outputs in enumerate((16, 32, 64)):
        layers += [nn.Conv3d(inputs, outputs, 3, 1, 1), nn.BatchNorm3d(outputs), nn.ReLU()]
        layers.append(nn.MaxPool3d((1, 2, 2) if index == 0 else 2))
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(64, 10))


class TemporalBlock(nn.Module):
    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.padding = 2 * dilation
        self.first = nn.Conv1d(inputs, outputs, 3, dilation=dilation)
        self.second = nn.Conv1d(outputs, outputs, 3, dilation=dilation)
        self.skip = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x):
        pad = nn.functional.pad
        y = torch.relu(self.first(pad(x, (self.padding, 0))))
        y = torch.relu(self.second(pad(y, (self.padding, 0))))
        return torch.relu(y + self.skip(x))


class TemporalConvNet(nn.Module):
    """Bai et al., 2018: dilated causal convolutions with residuals."""

    def __init__(self):
        super().__init__()
        widths = [8, 32, 32, 64, 64]
        self.body = nn.Sequential(*(TemporalBlock(a, b, 1 << i) for i, (a, b) in enumerate(zip(widths, widths[1:]))))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.body(x)[:, :, -1])


class Maxout(nn.Module):
    """Goodfellow et al., 2013: each unit the maximum of k linear pieces."""

    def __init__(self, pieces=4):
        super().__init__()
        self.pieces = pieces
        self.layers = nn.ModuleList([nn.Linear(784, 128 * pieces), nn.Linear(128, 64 * pieces)])
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)
        for layer in self.layers:
            x = layer(x).view(x.shape[0], -1, self.pieces).amax(2)
        return self.head(x)


def googlenet():
    return tv.googlenet(weights=None, aux_logits=False, transform_input=False, init_weights=False)


def inception_v3():
    return tv.inception_v3(weights=None, aux_logits=False, transform_input=False, init_weights=False)


IMAGE = (3, 224, 224)
NETS = {
    "alexnet": (tv.alexnet, IMAGE),
    "zfnet": (zfnet, IMAGE),
    "vgg16": (tv.vgg16, IMAGE),
    "googlenet": (googlenet, IMAGE),
    "inception_v3": (inception_v3, (3, 299, 299)),
    "resnet18": (tv.resnet18, IMAGE),
    "resnet50": (tv.resnet50, IMAGE),
    "resnet152": (tv.resnet152, IMAGE),
    "mobilenet_v1": (mobilenet_v1, IMAGE),
    "mobilenet_v2": (tv.mobilenet_v2, IMAGE),
    "mobilenet_v3_small": (tv.mobilenet_v3_small, IMAGE),
    "efficientnet_lite0": (efficientnet_lite0, IMAGE),
    "squeezenet1_1": (tv.squeezenet1_1, IMAGE),
    "shufflenet_v2": (tv.shufflenet_v2_x1_0, IMAGE),
    "densenet121": (tv.densenet121, IMAGE),
    "unet": (UNet, (3, 128, 128)),
    "tiny_yolo": (TinyYOLO, (3, 256, 256)),
    "dcgan_generator": (dcgan_generator, (100, 1, 1)),
    "conv_autoencoder": (conv_autoencoder, (1, 28, 28)),
    "denoising_autoencoder": (denoising_autoencoder, (1, 28, 28)),
    "convnet_3d": (convnet_3d, (3, 16, 32, 32)),
    "temporal_convnet": (TemporalConvNet, (8, 128)),
    "maxout": (Maxout, (1, 28, 28)),
}
