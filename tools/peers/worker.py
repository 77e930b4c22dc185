"""One peer with one model, one thread: a process that answers every line on its input with the latency over a window. Called by compare.py."""

import os
import sys
import time

WINDOW = 50e-6  # shortest stretch that one reading of the clock covers


def random_input(shape, dtype):
    import numpy as np

    # A name or nothing in place of a size: a batch of one.
    shape = [int(size) if isinstance(size, (int, np.integer)) and size > 0 else 1 for size in shape]
    rng = np.random.default_rng(0)
    if np.issubdtype(dtype, np.floating):
        return rng.standard_normal(shape).astype(dtype)
    return rng.integers(-128 if np.issubdtype(dtype, np.signedinteger) else 0, 128, shape).astype(dtype)


def litert(path):
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(model_path=path, num_threads=1)
    net.allocate_tensors()
    for detail in net.get_input_details():
        net.set_tensor(detail["index"], random_input(list(detail["shape"]), detail["dtype"]))
    # Without the Python wrapper's own checks, if this version lets us.
    return net, getattr(getattr(net, "_interpreter", None), "Invoke", net.invoke)


def onnx_runtime(path):
    import numpy as np
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for tensor in session.get_inputs():
        kind = {"tensor(float)": np.float32, "tensor(int8)": np.int8, "tensor(uint8)": np.uint8}[tensor.type]
        binding.bind_ortvalue_input(tensor.name, ort.OrtValue.ortvalue_from_numpy(random_input(tensor.shape, kind)))
    for tensor in session.get_outputs():
        binding.bind_output(tensor.name)
    run, inner = session._sess.run_with_iobinding, binding._iobinding
    return (session, binding), lambda: run(inner, None)


def openvino(path):
    import openvino as ov

    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    core = ov.Core()
    model = core.read_model(path)
    # A batch that the file leaves open is one.
    model.reshape({port: [1 if size.is_dynamic else size.get_length() for size in port.partial_shape] for port in model.inputs})
    compiled = core.compile_model(model, "CPU", options)
    request = compiled.create_infer_request()
    for index, port in enumerate(compiled.inputs):
        request.set_input_tensor(index, ov.Tensor(random_input(list(port.shape), port.element_type.to_dtype())))
    return (compiled, request), lambda: request.infer(share_inputs=True, share_outputs=True)


def timed(run, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


def main(peer, path):
    # Libraries greet on standard output, which is for figures.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    keep, run = {"litert": litert, "ort": onnx_runtime, "ov": openvino}[peer](path)
    for _ in range(3):
        run()
    repeats = max(1, round(WINDOW / timed(run, 3)))
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        times, end = [], time.perf_counter() + float(line)
        while len(times) < 5 or time.perf_counter() < end:
            times.append(timed(run, repeats))
        times.sort()
        print(1e6 * times[len(times) // 2], file=answers, flush=True)
    del keep


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
