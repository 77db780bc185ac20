"""The network for handwritten digits, with all of its arrays on a GPU.

Where there is a GPU the arrays are CuPy's, and CuPy multiplies the matrices; everything else is
done by the kernels of `zygcore.cuda`.  Without one the same kernels run on the CPU, over the arrays
of NumPy.  The losses are those of the same network in plain NumPy.

    python examples/cuda_digits.py [float64 | float32] [epochs]
"""

import sys

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import zygcore as zg
from zygcore import cuda


def place():
    """The functions that move arrays to where the kernels run, and back."""
    if cuda.is_available():
        import cupy

        return cupy.asarray, cupy.asnumpy
    return np.ascontiguousarray, np.asarray


def data():
    images, labels = load_digits(return_X_y=True)
    return train_test_split(images / 16.0, labels, test_size=0.25, random_state=0, stratify=labels)


def init(rng, hidden=64):
    return {
        "W1": rng.normal(0.0, 64**-0.5, (64, hidden)),
        "b1": np.zeros(hidden),
        "W2": rng.normal(0.0, hidden**-0.5, (hidden, 10)),
        "b2": np.zeros(10),
    }


def scores(params, images):
    hidden = cuda.tanh(cuda.bias_add(images @ params["W1"], params["b1"]))
    return cuda.bias_add(hidden @ params["W2"], params["b2"])


def loss(params, images, labels):
    return cuda.cross_entropy(scores(params, images), labels)


def plain_loss(params, images, labels):
    """The same in NumPy."""
    hidden = np.tanh(images @ params["W1"] + params["b1"])
    s = hidden @ params["W2"] + params["b2"]
    s = s - np.max(s, axis=1, keepdims=True)
    log_p = s - np.log(np.sum(np.exp(s), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def batches(rng, n, size):
    order = rng.permutation(n)
    return [order[i : i + size] for i in range(0, n, size)]


def train(put, get, dtype, epochs, size=64):
    """The losses of all steps, and the accuracy on digits that were not trained on."""
    x, x_test, y, y_test = data()
    params = {name: put(p.astype(dtype)) for name, p in init(np.random.default_rng(0)).items()}
    names, rng, losses = list(params), np.random.default_rng(1), []
    momenta = [put(np.zeros(params[name].shape, dtype)) for name in names]
    for _ in range(epochs):
        for rows in batches(rng, len(y), size):
            images, labels = put(x[rows].astype(dtype)), put(y[rows])
            value, (grads, *_) = zg.withgradient(loss, params, images, labels)
            grads = [grads[name] for name in names]
            cuda.sgd([params[name] for name in names], grads, momenta, lr=0.1, momentum=0.9)
            losses.append(float(value))
    guesses = np.argmax(get(scores(params, put(x_test.astype(dtype)))), axis=1)
    return losses, float(np.mean(guesses == y_test))


def train_plain(epochs, size=64):
    x, _, y, _ = data()
    params, rng, losses = init(np.random.default_rng(0)), np.random.default_rng(1), []
    momenta = {name: np.zeros_like(p) for name, p in params.items()}
    for _ in range(epochs):
        for rows in batches(rng, len(y), size):
            value, (grads, *_) = zg.withgradient(plain_loss, params, x[rows], y[rows])
            for name in params:
                momenta[name] = 0.9 * momenta[name] + grads[name]
                params[name] = params[name] - 0.1 * momenta[name]
            losses.append(float(value))
    return losses


def main(dtype="float64", epochs=4):
    put, get = place()
    losses, accuracy = train(put, get, dtype, int(epochs))
    expected = train_plain(int(epochs))
    difference = max(abs(a - b) for a, b in zip(losses, expected, strict=True))
    print(f"arrays of {dtype}, kernels on the {'GPU' if cuda.is_available() else 'CPU'}")
    print(f"loss {losses[0]:.6f} -> {losses[-1]:.6f} in {len(losses)} steps")
    print(f"farthest from the losses in plain NumPy (float64): {difference:.1e}")
    print(f"accuracy on digits not trained on: {accuracy:.2%}")
    return difference, accuracy


if __name__ == "__main__":
    main(*sys.argv[1:])
