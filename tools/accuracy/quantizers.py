"""The quantizers that are compared: each makes an int8 net of a task and gives its outputs for the scored inputs, one row a sample."""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np


def onnx_outputs(net, task):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(str(net), options, providers=["CPUExecutionProvider"])
    rows = [session.run(None, {session.get_inputs()[0].name: x}) for x in task.evaluation]
    return [np.stack([row[index].ravel() for row in rows]) for index in range(len(rows[0]))]


def swiftlet(quantize, task):
    with tempfile.TemporaryDirectory() as work:
        program, calibration, inputs, outputs = [Path(work) / name for name in ("net.swl", "calibration.npz", "inputs.npz", "outputs.npz")]
        # A leading axis of samples, then the net's own shape.
        np.savez(calibration, **{task.input: task.calibration})
        np.savez(inputs, **{task.input: task.evaluation})
        for command in (
            [quantize, task.net, "--calibrate", calibration, "-o", program],
            [quantize, "run", program, "--input", inputs, "--output", outputs],
        ):
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr.strip().splitlines()[-1])
        names = [tensor["name"] for tensor in json.loads(subprocess.run(
            [str(quantize), "inspect", str(program), "--json"], capture_output=True, text=True, check=True).stdout)["outputs"]]
        arrays = np.load(outputs)
        return [arrays[name].reshape(len(task.evaluation), -1).astype(np.float32) for name in names]


def onnx_runtime(task, method, activation):
    """quantize_static, per channel, with one calibrator."""
    from onnxruntime import quantization as q

    class Reader(q.CalibrationDataReader):
        def __init__(self):
            self.left = iter(task.calibration)

        def get_next(self):
            x = next(self.left, None)
            return None if x is None else {task.input: x}

    with tempfile.TemporaryDirectory() as work:
        prepared, target = Path(work) / "prepared.onnx", Path(work) / "int8.onnx"
        q.shape_inference.quant_pre_process(str(task.net), str(prepared), skip_symbolic_shape=True)
        q.quantize_static(
            str(prepared), str(target), Reader(), per_channel=True, weight_type=q.QuantType.QInt8,
            calibrate_method=q.CalibrationMethod[method], activation_type=q.QuantType[activation])
        return onnx_outputs(target, task)


def openvino(task, preset, accurate_bias):
    """NNCF's post-training quantization."""
    import nncf
    import openvino as ov

    core = ov.Core()
    dataset = nncf.Dataset(list(task.calibration), lambda x: {task.input: x})
    net = nncf.quantize(
        core.read_model(str(task.net)), dataset, subset_size=len(task.calibration), fast_bias_correction=not accurate_bias,
        preset=getattr(nncf.QuantizationPreset, preset))
    compiled = core.compile_model(net, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    rows = [list(compiled([x]).values()) for x in task.evaluation]
    return [np.stack([np.asarray(row[index]).ravel() for row in rows]) for index in range(len(rows[0]))]


ONNX_RUNTIME = [(method, activation) for method in ("MinMax", "Entropy", "Percentile") for activation in ("QInt8", "QUInt8")]
OPENVINO = [(preset, accurate) for preset in ("PERFORMANCE", "MIXED") for accurate in (False, True)]
