"""Exports the PyTorch nets with both exporters and stores inputs with ONNX Runtime's outputs. Called by tools/architectures."""

import logging
import sys
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from samples import samples
from torch_nets import NETS

EXPORTERS = {"legacy": {"dynamo": False, "opset_version": 17}, "dynamo": {"dynamo": True, "opset_version": 20}}


def prepared(name):
    """The net with weights of a trained one's scale: statistics of its batch norms from data, their gains and offsets not trivial."""
    torch.manual_seed(sum(name.encode()))
    constructor, shape = NETS[name]
    net = constructor()
    for module in net.modules():
        if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(module.weight, mode="fan_in" if not isinstance(module, nn.ConvTranspose2d) else "fan_out")
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.05)
        elif isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(module.weight, 0.6, 1.2)
            nn.init.normal_(module.bias, std=0.1)
            module.momentum = None
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    with torch.no_grad():
        net.train()
        for batch in np.array_split(samples(name + "-statistics", 8, shape), 2):
            net(torch.from_numpy(batch))
    return net.eval(), shape


def export(name, folder):
    files = {exporter: folder / f"{name}.{exporter}.onnx" for exporter in EXPORTERS}
    data = folder / f"{name}.torch.npz"
    if data.exists() and all(file.exists() for file in files.values()):
        return
    net, shape = prepared(name)
    inputs = samples(name, 40, shape)
    example = torch.from_numpy(inputs[:1])
    for exporter, options in EXPORTERS.items():
        torch.onnx.export(net, (example,), str(files[exporter]), input_names=["x"], output_names=["y"], **options)
    session = onnxruntime.InferenceSession(str(files["legacy"]), providers=["CPUExecutionProvider"])
    outputs = np.stack([session.run(["y"], {"x": inputs[i : i + 1]})[0] for i in range(4)])
    np.savez(data, x=inputs, y=outputs)


def main(folder, names):
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    for name in [name for name in NETS if not names or name in names]:
        print(f"export {name}", flush=True)
        export(name, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
