"""The architectures of tools/architectures in Keras, converted to TFLite: name -> (constructor, input shape without the batch)."""

import keras
from keras import applications, layers


def unet():
    inputs = keras.Input((128, 128, 3), batch_size=1)
    x, kept = inputs, []
    for width in (16, 32, 64):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        kept.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(128, 3, padding="same", activation="relu")(x)
    for width, skip in zip((64, 32, 16), reversed(kept)):
        x = layers.Conv2DTranspose(width, 2, 2, padding="same")(x)
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(layers.Concatenate()([skip, x]))
    return keras.Model(inputs, layers.Conv2D(2, 1)(x))


def segmenter_with_resize():
    inputs = keras.Input((96, 96, 3), batch_size=1)
    x = layers.Conv2D(16, 3, 2, padding="same", activation="relu")(inputs)
    y = layers.SeparableConv2D(32, 3, dilation_rate=2, padding="same", activation="relu6")(x)
    y = layers.UpSampling2D(2, interpolation="bilinear")(y)
    return keras.Model(inputs, layers.Conv2D(2, 1, activation="softmax")(y))


def dcgan_generator():
    stack = [keras.Input((100,), batch_size=1), layers.Dense(7 * 7 * 128, use_bias=False), layers.BatchNormalization(), layers.LeakyReLU()]
    stack += [layers.Reshape((7, 7, 128))]
    for width, stride in ((64, 1), (32, 2)):
        stack += [layers.Conv2DTranspose(width, 5, stride, padding="same", use_bias=False), layers.BatchNormalization(), layers.LeakyReLU()]
    return keras.Sequential(stack + [layers.Conv2DTranspose(1, 5, 2, padding="same", activation="tanh")])


def convnet_3d():
    return keras.Sequential([
        keras.Input((8, 24, 24, 3), batch_size=1), layers.Conv3D(16, 3, (1, 2, 2), padding="same", activation="relu"),
        layers.Conv3D(32, 3, padding="same", activation="relu"), layers.GlobalAveragePooling3D(), layers.Dense(10)])


def lenet():
    return keras.Sequential([
        keras.Input((28, 28, 1), batch_size=1), layers.Conv2D(6, 5, padding="same", activation="tanh"), layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="tanh"), layers.AveragePooling2D(2), layers.Flatten(), layers.Dense(120, activation="tanh"),
        layers.Dense(84, activation="tanh"), layers.Dense(10, activation="softmax")])


def application(constructor, size, **options):
    """A net of keras.applications that ends with its scores: a softmax over 1000 classes of random weights is flat."""
    def build():
        return constructor(weights=None, classifier_activation=None, input_tensor=keras.Input((size, size, 3), batch_size=1), **options)
    return build


NETS = {
    "lenet": (lenet, (28, 28, 1)),
    "mobilenet_v1": (application(applications.MobileNet, 128, alpha=0.5), (128, 128, 3)),
    "mobilenet_v2": (application(applications.MobileNetV2, 224), (224, 224, 3)),
    "mobilenet_v3_small": (application(applications.MobileNetV3Small, 224), (224, 224, 3)),
    "efficientnet_b0": (application(applications.EfficientNetB0, 224), (224, 224, 3)),
    "resnet50": (application(applications.ResNet50, 224), (224, 224, 3)),
    "densenet121": (application(applications.DenseNet121, 224), (224, 224, 3)),
    "inception_v3": (application(applications.InceptionV3, 224), (224, 224, 3)),
    "unet": (unet, (128, 128, 3)),
    "segmenter_with_resize": (segmenter_with_resize, (96, 96, 3)),
    "dcgan_generator": (dcgan_generator, (100,)),
    "convnet_3d": (convnet_3d, (8, 24, 24, 3)),
}
