"""Makes the nets that are compared with peers and not stored: Keras to TFLite, float and int8, and to float ONNX. Called by
tools/compare-peers. Weights are random: these files are for speed and size, never for accuracy."""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "exports"))

import keras
import numpy as np
import tensorflow as tf
from keras import applications, layers

from samples import samples


def lenet():
    return keras.Sequential([
        keras.Input((28, 28, 1), batch_size=1), layers.Conv2D(20, 5, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(),
        layers.Dense(100, activation="relu"), layers.Dense(10)])


def mlp():
    return keras.Sequential([keras.Input((784,), batch_size=1), layers.Dense(1568, activation="relu"), layers.Dense(10)])


def cifar_resnet_large():
    """Three stages of one block as in MLPerf Tiny's image classifier, 40 filters instead of 16: 76 M MAC."""
    def convolution(x, filters, size, stride):
        return layers.BatchNormalization()(layers.Conv2D(filters, size, stride, padding="same")(x))

    inputs = keras.Input((32, 32, 3), batch_size=1)
    x = layers.ReLU()(convolution(inputs, 40, 3, 1))
    for stage, filters in enumerate((40, 80, 160)):
        stride = 1 if stage == 0 else 2
        y = layers.ReLU()(convolution(x, filters, 3, stride))
        y = convolution(y, filters, 3, 1)
        shortcut = x if stage == 0 else layers.Conv2D(filters, 1, 2, padding="same")(x)
        x = layers.ReLU()(layers.Add()([shortcut, y]))
    x = layers.Flatten()(layers.AveragePooling2D(8)(x))
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def application(constructor):
    def build():
        return constructor(weights=None, classifier_activation=None, input_tensor=keras.Input((224, 224, 3), batch_size=1))
    return build


NETS = {
    "lenet": (lenet, (28, 28, 1)),
    "mlp": (mlp, (784,)),
    "cifar_resnet_large": (cifar_resnet_large, (32, 32, 3)),
    "mobilenet_v1": (application(applications.MobileNet), (224, 224, 3)),
    "mobilenet_v2": (application(applications.MobileNetV2), (224, 224, 3)),
    "resnet50": (application(applications.ResNet50), (224, 224, 3)),
}


def with_statistics(name, net, shape):
    """Batch norms that have seen data, so that activations have a trained net's scale."""
    for layer in net.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.5
    for sample in samples(name + "-statistics", 8, shape):
        net(sample[None], training=True)
    return net


def make(name, folder):
    int8, float32 = folder / f"{name}_int8.tflite", folder / f"{name}_float.tflite"
    if int8.exists() and float32.exists():
        return
    constructor, shape = NETS[name]
    print(f"make {name}", flush=True)
    keras.utils.set_random_seed(sum(name.encode()))
    net = with_statistics(name, constructor(), shape)
    float32.write_bytes(tf.lite.TFLiteConverter.from_keras_model(net).convert())
    converter = tf.lite.TFLiteConverter.from_keras_model(net)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([sample[None]] for sample in samples(name, 16, shape))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    int8.write_bytes(converter.convert())


def to_onnx(source, target):
    if target.exists():
        return
    import tf2onnx

    print(f"convert {source.name} to ONNX", flush=True)
    tf2onnx.convert.from_tflite(str(source), opset=15, output_path=str(target))


def main(folder, models, names):
    # tf2onnx still says np.object, np.bool.
    for alias, kind in (("object", object), ("bool", np.bool_)):
        if alias not in np.__dict__:
            setattr(np, alias, kind)
    for name in names:
        if name in NETS:
            make(name, folder)
            to_onnx(folder / f"{name}_float.tflite", folder / f"{name}.onnx")
        elif (models / name / "model.tflite").exists():
            to_onnx(models / name / "model.tflite", folder / f"{name}.onnx")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
