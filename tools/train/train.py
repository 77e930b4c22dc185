"""Trains the bundled nets and writes them, with their calibration and evaluation sets, to a folder.

Every net takes x / 255, batch 1. Run through tools/train-nets, which makes the environment. One thread and fixed
seeds: the same machine and versions give the same weights.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

import digits
from nets import AUTOENCODERS, CLASSIFIERS

EPOCHS, BATCH, SHIFT, NOISE = 40, 32, 2, 0.3


def shifted(x, generator):
    """Each image moved by up to SHIFT pixels either way: the set is small."""
    moves = torch.randint(-SHIFT, SHIFT + 1, (len(x), 2), generator=generator)
    return torch.stack([torch.roll(image, tuple(move.tolist()), (1, 2)) for image, move in zip(x, moves)])


def noisy(x, generator):
    return (x + NOISE * torch.randn(x.shape, generator=generator)).clamp(0, 1)


def as_input(x):
    return torch.from_numpy(x).float().unsqueeze(1) / 255


def fit(net, x, loss_of):
    """AdamW with a cosine schedule; loss_of(batch indices, images, generator) gives the loss to descend."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for _ in range(EPOCHS):
        order = torch.randperm(len(x), generator=generator)
        for batch in order.split(BATCH):
            optimizer.zero_grad()
            loss_of(batch, shifted(x[batch], generator), generator).backward()
            optimizer.step()
        schedule.step()
    net.eval()


def export(net, path, output):
    torch.onnx.export(net, torch.zeros(1, 1, 28, 28), str(path), dynamo=False, opset_version=17,
                      input_names=["image"], output_names=[output])


def train_classifier(name, make, training, evaluation, folder):
    torch.manual_seed(0)
    net, labels = make(), torch.from_numpy(training[1])
    fit(net, as_input(training[0]), lambda batch, x, _: nn.functional.cross_entropy(net(x), labels[batch]))
    with torch.no_grad():
        accuracy = (net(as_input(evaluation[0])).argmax(1).numpy() == evaluation[1]).mean()
    print(f"{name}: {accuracy:.1%} of {len(evaluation[1])} evaluation images", flush=True)
    export(net, folder / f"{name}.onnx", "scores")


def train_autoencoder(name, make, training, noisy_evaluation, evaluation, folder):
    torch.manual_seed(0)
    net = make()

    def loss(_, x, generator):
        return nn.functional.mse_loss(net(noisy(x, generator)).reshape(x.shape), x)

    fit(net, as_input(training[0]), loss)
    with torch.no_grad():
        clean = as_input(evaluation[0])
        error = nn.functional.mse_loss(net(as_input(noisy_evaluation)).reshape(clean.shape), clean).item()
        before = nn.functional.mse_loss(as_input(noisy_evaluation), clean).item()
    print(f"{name}: mean squared error {error:.4f}, of the noisy images {before:.4f}", flush=True)
    export(net, folder / f"{name}.onnx", "image_out")


def main(folder):
    torch.set_num_threads(1)
    training, calibration, evaluation = digits.load()
    folder.mkdir(parents=True, exist_ok=True)

    def store(name, split, x):
        np.savez_compressed(folder / f"{name}.npz", x=x, y=split[1].astype(np.uint8))

    def with_noise(x, seed):
        return np.rint(noisy(as_input(x), torch.Generator().manual_seed(seed)).squeeze(1).numpy() * 255).astype(np.uint8)

    noisy_evaluation = with_noise(evaluation[0][:200], 2)
    store("calibration", calibration, calibration[0])
    store("evaluation", evaluation, evaluation[0])
    np.savez_compressed(folder / "noisy-calibration.npz", x=with_noise(calibration[0], 1))
    np.savez_compressed(folder / "noisy-evaluation.npz", x=noisy_evaluation)
    for name, make in CLASSIFIERS.items():
        train_classifier(name, make, training, evaluation, folder)
    for name, make in AUTOENCODERS.items():
        train_autoencoder(name, make, training, noisy_evaluation, (evaluation[0][:200], None), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
