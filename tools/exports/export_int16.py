"""Quantizes small Keras nets to int16 activations x int8 weights with the TensorFlow Lite converter: FOLDER/NAME/{float_io,int16_io}.tflite and
inputs.npz. Called by tools/compare-litert --int16."""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def convnet():
    x = image = layers.Input((16, 16, 3))
    x = layers.MaxPool2D()(layers.Conv2D(16, 3, padding="same", activation="relu")(x))
    x = layers.Conv2D(24, 3, strides=2, padding="same", activation="relu6")(x)
    return keras.Model(image, layers.Softmax()(layers.Dense(10)(layers.Flatten()(x))))


def depthwise():
    image = layers.Input((20, 20, 3))
    x = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(16, 3, strides=2, padding="same")(image)))
    for channels, stride in ((24, 1), (32, 2)):
        x = layers.ReLU()(layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same", strides=stride)(x)))
        x = layers.ReLU()(layers.Conv2D(channels, 1)(x))
    return keras.Model(image, layers.Dense(12)(layers.GlobalAveragePooling2D()(x)))


def autoencoder():
    x = features = layers.Input((640,))
    for width in (128, 128, 8, 128, 128):
        x = layers.Dense(width, activation="relu")(x)
    return keras.Model(features, layers.Dense(640)(x))


def residual():
    image = layers.Input((16, 16, 8))
    x = layers.Conv2D(16, 3, padding="same", activation="relu")(image)
    x = layers.ReLU()(layers.Add()([x, layers.Conv2D(16, 3, padding="same")(x)]))
    x = layers.Concatenate()([layers.AveragePooling2D(2)(x), layers.Conv2D(16, 3, strides=2, padding="same")(x)])
    x = layers.Subtract()([x, layers.Conv2D(32, 1)(x)])
    return keras.Model(image, layers.Softmax()(layers.Dense(10)(layers.GlobalAveragePooling2D()(x))))


def gated():
    image = layers.Input((12, 12, 8))
    x = layers.Conv2D(16, 3, padding="same", activation="tanh")(image)
    x = layers.Multiply()([x, layers.Conv2D(16, 1, activation="sigmoid")(x)])
    x = layers.Permute((2, 1, 3))(layers.ZeroPadding2D(1)(layers.LeakyReLU()(x)))
    return keras.Model(image, layers.Dense(6)(layers.Reshape((12 * 12 * 8,))(layers.Conv2D(8, 3)(x))))


NETS = {net.__name__: net for net in (convnet, depthwise, autoencoder, residual, gated)}


def prepared(name, random):
    """The net with biases and batch norms that matter."""
    keras.utils.set_random_seed(1)
    net = NETS[name]()
    for layer in net.layers:
        weights = layer.get_weights()
        if isinstance(layer, layers.BatchNormalization):
            shape = weights[0].shape
            wide, narrow = (lambda: random.uniform(0.5, 1.5, shape)), (lambda: random.normal(0, 0.3, shape))
            layer.set_weights([wide(), narrow(), narrow(), wide()])
        elif len(weights) == 2:
            layer.set_weights([weights[0], random.normal(0, 0.1, weights[1].shape)])
    return net


def export(name, folder):
    if (folder / "inputs.npz").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    net = prepared(name, random)
    x = random.normal(0, 1, (400, *net.input_shape[1:])).astype(np.float32)
    for file, interface in (("float_io", None), ("int16_io", tf.int16)):
        converter = tf.lite.TFLiteConverter.from_keras_model(net)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([x[index : index + 1]] for index in range(100))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]
        if interface is not None:
            converter.inference_input_type = converter.inference_output_type = interface
        (folder / f"{file}.tflite").write_bytes(converter.convert())
    np.savez(folder / "inputs.npz", x=x[100:])


if __name__ == "__main__":
    for name in NETS:
        print(f"export {name} (int16)", flush=True)
        export(name, Path(sys.argv[1]) / name)
