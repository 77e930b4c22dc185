"""Float nets and the data that int8 is scored on: tasks.load(name, ...) gives the ONNX file, inputs and labels."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "exports"))
from samples import samples  # noqa: E402

DIGITS = Path("Examples/digits")
# Real data: file of the data folder, and what the nets' authors do to its values: (x - mean) * factor.
REAL = {
    "mlperf_kws": ("kws.npz", 83, 0.5847029), "mlperf_ic": ("cifar10_jpeg.npz", 0, 1), "ort_mnist8": ("mnist.npz", 0, 1),
    "keypoint_mlp": ("keypoint_mlp.npz", 0, 1),
}
# Of nets without data: the stored reference input with noise of 0.2 of its standard deviation.
DISTURBED = ["mlperf_ad", "mlperf_vww", "mobilenet_v1_025_224", "mp_blazeface_short", "ultraface_rfb320", "yunet_n", "rl_go1", "sr_fsrcnn_s_x2"]
BUNDLED = {
    "mlp10": "", "mlp128": "", "convnet": "", "resnet": "", "mobilenet": "", "denoiser": "noisy-", "conv-autoencoder": "noisy-",
}
RANDOM_WEIGHTS = ["mobilenet_v2"]
NAMES = [*BUNDLED, *REAL, *DISTURBED, *RANDOM_WEIGHTS]
CALIBRATION, DISTURBED_CALIBRATION = 100, 40


@dataclass
class Task:
    name: str
    net: Path
    input: str
    calibration: np.ndarray
    evaluation: np.ndarray
    labels: np.ndarray | None = None
    # Positions of the scored samples in the data that they were drawn from.
    scored: np.ndarray | None = None


def net_of(name, folder, models):
    if name in BUNDLED:
        return DIGITS / f"{name}.onnx"
    stored = models / name / "model.onnx"
    return stored if stored.exists() else folder / f"{name}.onnx"


def input_of(net):
    """Name and shape of the net's first input."""
    tensor = onnx.load(str(net), load_external_data=False).graph.input[0]
    return tensor.name, [dimension.dim_value or 1 for dimension in tensor.type.tensor_type.shape.dim]


def load(name, folder, models, data, seed=0):
    """The task, or None where its files are missing. `seed` draws the calibration samples; what is scored are others."""
    net = net_of(name, folder, models)
    if not net.exists():
        return None
    tensor, shape = input_of(net)
    rng = np.random.default_rng(seed)
    task = Task(name, net, tensor, None, None)
    if name in BUNDLED:
        parts = [np.load(DIGITS / f"{BUNDLED[name]}{part}.npz") for part in ("calibration", "evaluation")]
        task.calibration, task.evaluation = [(part["x"] / 255).astype(np.float32).reshape(-1, *shape) for part in parts]
        task.labels = parts[1]["y"] if "y" in parts[1].files else None
    elif name in REAL:
        file, mean, factor = REAL[name]
        if not (data / file).exists():
            return None
        arrays = np.load(data / file)
        x = ((arrays["x"].astype(np.float32) - mean) * np.float32(factor)).reshape(-1, *shape)
        order = rng.permutation(len(x))
        chosen, scored = order[:CALIBRATION], np.sort(order[CALIBRATION:][:2000])
        task.calibration, task.evaluation, task.labels, task.scored = x[chosen], x[scored], arrays["y"][scored], scored
    elif name in RANDOM_WEIGHTS:
        # PyTorch's images have the channels first, Keras' last; the fields are smooth along the image's axes.
        x = samples(name, 72, shape[1:])
        task.calibration, task.evaluation = x[:DISTURBED_CALIBRATION, None], x[DISTURBED_CALIBRATION:, None]
    else:
        reference = np.load(models / name / "ref.npz")
        x = reference[next(key for key in reference.files if key.startswith("in:"))].astype(np.float32).reshape(shape)
        noisy = x + rng.normal(0, 0.2 * x.std(), (2 * DISTURBED_CALIBRATION, *shape)).astype(np.float32)
        task.calibration, task.evaluation = noisy[:DISTURBED_CALIBRATION], noisy[DISTURBED_CALIBRATION:]
    task.calibration, task.evaluation = [x.reshape(-1, *shape).astype(np.float32) for x in (task.calibration, task.evaluation)]
    return task
