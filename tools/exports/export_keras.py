"""Converts the Keras nets to TFLite and stores inputs with the TensorFlow Lite interpreter's outputs. Called by tools/architectures."""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from keras_nets import NETS
from samples import samples


def prepared(name):
    """The net with batch norms that have seen data."""
    keras.utils.set_random_seed(sum(name.encode()))
    constructor, shape = NETS[name]
    net = constructor()
    data = samples(name + "-statistics", 8, shape)
    for layer in net.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.5
    for index in range(len(data)):
        net(data[index : index + 1], training=True)
    return net, shape


def export(name, folder):
    file, data = folder / f"{name}.keras.tflite", folder / f"{name}.keras.npz"
    if data.exists() and file.exists():
        return
    net, shape = prepared(name)
    file.write_bytes(tf.lite.TFLiteConverter.from_keras_model(net).convert())
    interpreter = tf.lite.Interpreter(str(file), experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    inputs, outputs = samples(name, 40, shape), []
    for index in range(4):
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], inputs[index : index + 1])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    np.savez(data, x=inputs, y=np.stack(outputs))


def main(folder, names):
    for name in [name for name in NETS if not names or name in names]:
        print(f"export {name} (Keras)", flush=True)
        export(name, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
