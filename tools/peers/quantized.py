"""The int8 files of the peers that quantize float ONNX: ONNX Runtime (signed and unsigned activations) and OpenVINO (NNCF). Called by
tools/compare-peers. Calibrated on random inputs: for speed, never for accuracy."""

import sys
from pathlib import Path

import numpy as np
import onnx


def inputs_of(path):
    tensor = onnx.load(path, load_external_data=False).graph.input[0]
    shape = [dimension.dim_value or 1 for dimension in tensor.type.tensor_type.shape.dim]
    rng = np.random.default_rng(0)
    return tensor.name, [rng.standard_normal(shape).astype(np.float32) for _ in range(8)]


def with_onnx_runtime(path):
    from onnxruntime import quantization as q

    class Reader(q.CalibrationDataReader):
        def __init__(self):
            name, inputs = inputs_of(path)
            self.left = iter([{name: x} for x in inputs])

        def get_next(self):
            return next(self.left, None)

    prepared = path.with_suffix(".prepared.onnx")
    for suffix, activation in (("s8s8", q.QuantType.QInt8), ("u8s8", q.QuantType.QUInt8)):
        target = path.with_suffix(f".{suffix}.onnx")
        if target.exists():
            continue
        if not prepared.exists():
            q.shape_inference.quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        q.quantize_static(
            str(prepared), str(target), Reader(), per_channel=True, activation_type=activation, weight_type=q.QuantType.QInt8)


def with_openvino(path):
    import nncf
    import openvino

    target = path.with_suffix(".nncf.xml")
    if target.exists():
        return
    name, inputs = inputs_of(path)
    model = openvino.Core().read_model(str(path))
    dataset = nncf.Dataset(inputs, lambda x: {name: x})
    openvino.save_model(nncf.quantize(model, dataset, subset_size=len(inputs)), str(target), compress_to_fp16=False)


def main(folder, names):
    for name in names:
        path = folder / f"{name}.onnx"
        if not path.exists():
            continue
        for make in (with_onnx_runtime, with_openvino):
            try:
                make(path)
            except Exception as error:  # A peer that cannot take a net has no row; the others go on.
                print(f"{make.__name__} {name}: {str(error).splitlines()[0] if str(error) else type(error).__name__}", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
