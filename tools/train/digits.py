"""UCI digits as 28x28 images, split once and for all.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository,
1998, https://doi.org/10.24432/C50P49, CC BY 4.0; the 1,797 test images as scikit-learn ships them.
Changed here: 8x8 images of 0...16 are resized bilinearly to 20x20 of 0...255 and centred on 28x28.
"""

import numpy as np

TRAINING, CALIBRATION = 1097, 100  # the rest, 600, is for evaluation


def resize_bilinear(images, size):
    """[n, h, w] -> [n, size, size], pixel centres aligned as in image libraries (half-pixel)."""
    def weights(source):
        position = np.clip((np.arange(size) + 0.5) * source / size - 0.5, 0, source - 1)
        low = np.floor(position).astype(int)
        high = np.minimum(low + 1, source - 1)
        matrix = np.zeros((size, source))
        matrix[np.arange(size), low] += 1 - (position - low)
        matrix[np.arange(size), high] += position - low
        return matrix
    return weights(images.shape[1]) @ images @ weights(images.shape[2]).T


def load():
    """Three (x uint8 [n, 28, 28], y int64 [n]) pairs: training, calibration, evaluation."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    small = resize_bilinear(bunch.images * (255 / 16), 20)
    images = np.zeros((len(small), 28, 28), np.uint8)
    images[:, 4:24, 4:24] = np.rint(small)
    order = np.random.default_rng(0).permutation(len(images))
    x, y = images[order], bunch.target[order].astype(np.int64)
    ends = (TRAINING, TRAINING + CALIBRATION)
    return tuple((x[part], y[part]) for part in (slice(0, ends[0]), slice(*ends), slice(ends[1], None)))
