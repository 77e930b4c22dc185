"""The bundled nets, each as a torch module that takes and gives NCHW or flat float tensors in 0...1."""

import torch
from torch import nn


class Residual(nn.Module):
    """Two 3x3 convolutions with a shortcut; a strided one where the size changes (He et al., 2016, figure 2)."""

    def __init__(self, channels, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        same = stride == 1 and channels == outputs
        self.shortcut = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(channels, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


def separable(channels, outputs, stride):
    """Depthwise 3x3, then 1x1, each with batch norm and ReLU6 (Howard et al., 2017, figure 3)."""
    return [
        nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False), nn.BatchNorm2d(channels), nn.ReLU6(),
        nn.Conv2d(channels, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU6()]


def mlp(hidden):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def convnet():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(20 * 12 * 12, 100), nn.ReLU(), nn.Linear(100, 10))


def resnet():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def mobilenet():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU6(),
        *separable(16, 32, 1), *separable(32, 64, 2), *separable(64, 64, 1), *separable(64, 128, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))


def dense_autoencoder():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 128), nn.ReLU(),
        nn.Linear(128, 784), nn.Sigmoid())


class SubpixelUp(nn.Module):
    """Four channels become a 2x2 block of one (Shi et al., 2016), written as reshape and transpose."""

    def forward(self, x):
        n, c, h, w = x.shape
        return x.reshape(n, c // 4, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3).reshape(n, c // 4, 2 * h, 2 * w)


def conv_autoencoder():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), SubpixelUp(),
        nn.Conv2d(16, 4, 3, 1, 1), SubpixelUp(), nn.Sigmoid())


CLASSIFIERS = {
    "mlp128": lambda: mlp(128), "mlp10": lambda: mlp(10), "convnet": convnet, "resnet": resnet, "mobilenet": mobilenet,
}
# Trained to give the clean image back from one with Gaussian noise of standard deviation 0.3.
AUTOENCODERS = {"denoiser": dense_autoencoder, "conv-autoencoder": conv_autoencoder}
