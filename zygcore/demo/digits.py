"""A network with two layers, trained on handwritten digits.

The model is plain NumPy and its parameters are a plain dictionary; so is the
gradient.  The optimiser is a few lines outside of what is differentiated.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import zygcore as zg

from .checks import Report, ignore, require

__all__ = ["accuracy", "data", "init", "loss", "run", "scores", "train"]


def data():
    """Train images, test images, train labels, test labels (8 × 8 pixels)."""
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
    hidden = np.tanh(images @ params["W1"] + params["b1"])
    return hidden @ params["W2"] + params["b2"]


def loss(params, images, labels):
    """Cross-entropy, averaged."""
    s = scores(params, images)
    s = s - np.max(s, axis=1, keepdims=True)
    log_p = s - np.log(np.sum(np.exp(s), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def accuracy(params, images, labels):
    return float(np.mean(np.argmax(scores(params, images), axis=1) == labels))


class Adam:
    def __init__(self, params, rate=4e-3, decay=(0.9, 0.999), eps=1e-8):
        self.rate, self.decay, self.eps, self.t = rate, decay, eps, 0
        self.mean = {name: np.zeros_like(p) for name, p in params.items()}
        self.square = {name: np.zeros_like(p) for name, p in params.items()}

    def update(self, params, grads):
        """Changes the arrays of `params` in place."""
        b1, b2 = self.decay
        self.t += 1
        for name, g in grads.items():
            self.mean[name] += (1 - b1) * (g - self.mean[name])
            self.square[name] += (1 - b2) * (g * g - self.square[name])
            mean = self.mean[name] / (1 - b1**self.t)
            square = self.square[name] / (1 - b2**self.t)
            params[name] -= self.rate * mean / (np.sqrt(square) + self.eps)


def train(params, images, labels, rng, epochs=20, batch=64, step=ignore):
    """Trains `params` in place; returns the loss of each mini-batch."""
    adam = Adam(params)
    losses = []
    for epoch in range(epochs):
        step(epoch, epochs)
        order = rng.permutation(len(images))
        for start in range(0, len(order) - batch + 1, batch):
            rows = order[start : start + batch]
            x, y = images[rows], labels[rows]
            value, (grads,) = zg.withgradient(lambda p, x=x, y=y: loss(p, x, y), params)
            adam.update(params, grads)
            losses.append(float(value))
    step(epochs, epochs)
    return losses


def run(step=ignore, epochs=20, hidden=64, goal=0.95):
    rng = np.random.default_rng(0)
    x_train, x_test, y_train, y_test = data()
    params = init(rng, hidden)
    losses = train(params, x_train, y_train, rng, epochs, step=step)
    test = accuracy(params, x_test, y_test)
    checks = [
        require(
            f"loss after {len(losses)} mini-batches",
            f"{losses[0]:.3f} → {np.mean(losses[-10:]):.3f}",
            np.mean(losses[-10:]) < 0.5 * losses[0],
            "less than half",
        ),
        require(
            f"accuracy on {len(y_test)} digits not trained on",
            f"{test:.2%}",
            test >= goal,
            f"at least {goal:.0%}",
        ),
    ]
    guesses = np.argmax(scores(params, x_test[:20]), axis=1)
    return Report(
        f"test accuracy {test:.2%}",
        checks,
        {"losses": losses, "digits": (x_test[:20], y_test[:20], guesses), "accuracy": test},
    )
