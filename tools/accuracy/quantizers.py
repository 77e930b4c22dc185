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


def swiftlet(quantize, task, arguments=(), report=None):
    """`arguments`: of the conversion. `report`: a dictionary that receives what `--report out.json` says."""
    with tempfile.TemporaryDirectory() as work:
        program, calibration, inputs, outputs = [Path(work) / name for name in ("net.swl", "calibration.npz", "inputs.npz", "outputs.npz")]
        # A leading axis of samples, then the net's own shape.
        np.savez(calibration, **{task.input: task.calibration})
        np.savez(inputs, **{task.input: task.evaluation})
        written = Path(work) / "report.json"
        for command in (
            [quantize, task.net, "--calibrate", calibration, "-o", program, "--report", written, *arguments],
            [quantize, "run", program, "--input", inputs, "--output", outputs],
        ):
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr.strip().splitlines()[-1])
        if report is not None:
            report |= json.loads(written.read_text())
        names = [tensor["name"] for tensor in json.loads(subprocess.run(
            [str(quantize), "inspect", str(program), "--json"], capture_output=True, text=True, check=True).stdout)["outputs"]]
        arrays = np.load(outputs)
        return [arrays[name].reshape(len(task.evaluation), -1).astype(np.float32) for name in names]


def modern(net, target):
    """The net as the other tools take it: weights no inputs, opset 17, constants folded; the net itself where it was written so."""
    import onnx
    import onnxruntime as ort

    model = onnx.load(str(net))
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 1)
    if opset >= 13 and len(inputs) == len(model.graph.input):
        return net
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    model.ir_version = max(model.ir_version, 4)
    if opset < 13:
        model = onnx.version_converter.convert_version(model, 17)
    onnx.save(model, str(target))
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return target


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
        q.shape_inference.quant_pre_process(str(modern(task.net, Path(work) / "modern.onnx")), str(prepared), skip_symbolic_shape=True)
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
    with tempfile.TemporaryDirectory() as work:
        source = core.read_model(str(modern(task.net, Path(work) / "modern.onnx")))
    net = nncf.quantize(
        source, dataset, subset_size=len(task.calibration), fast_bias_correction=not accurate_bias,
        preset=getattr(nncf.QuantizationPreset, preset))
    compiled = core.compile_model(net, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    rows = [list(compiled([x]).values()) for x in task.evaluation]
    return [np.stack([np.asarray(row[index]).ravel() for row in rows]) for index in range(len(rows[0]))]


ONNX_RUNTIME = [(method, activation) for method in ("MinMax", "Entropy", "Percentile") for activation in ("QInt8", "QUInt8")]
OPENVINO = [(preset, accurate) for preset in ("PERFORMANCE", "MIXED") for accurate in (False, True)]
