"""One small program for each way to draw random numbers, with active parameters."""

import numpy as np

from .functions import INTS, changed

__all__ = ["GENERATOR", "LEGACY", "WITHOUT_NUMBERS"]


def generator():
    return np.random.default_rng(7)


def legacy():
    return np.random.RandomState(7)


def draws(make):
    """Of the methods that both kinds of generators have."""
    return {
        "beta": lambda v: make().beta(v, 1 + v),
        "binomial": lambda v: make().binomial(10, v),
        "chisquare": lambda v: make().chisquare(v),
        "choice": lambda v: make().choice(v, 3),
        "dirichlet": lambda v: make().dirichlet(v),
        "exponential": lambda v: make().exponential(v),
        "f": lambda v: make().f(v, 2 + v),
        "gamma": lambda v: make().gamma(2.0, v),
        "geometric": lambda v: make().geometric(v),
        "gumbel": lambda v: make().gumbel(v, 2 * v),
        "hypergeometric": lambda v: make().hypergeometric((9 * v).astype(int), 3, 3),
        "laplace": lambda v: make().laplace(v, 2 * v),
        "logistic": lambda v: make().logistic(v, 2 * v),
        "lognormal": lambda v: make().lognormal(v, 2 * v),
        "logseries": lambda v: make().logseries(v),
        "multinomial": lambda v: make().multinomial(5, v / v.sum()),
        "multivariate_normal": lambda v: make().multivariate_normal(v, np.diag(1 + v)),
        "negative_binomial": lambda v: make().negative_binomial(3, v),
        "noncentral_chisquare": lambda v: make().noncentral_chisquare(3.0, v),
        "noncentral_f": lambda v: make().noncentral_f(3.0, 4.0, v),
        "normal": lambda v: make().normal(v, 2 * v),
        "pareto": lambda v: make().pareto(1 + v),
        "permutation": lambda v: make().permutation(v * v),
        "poisson": lambda v: make().poisson(v),
        "power": lambda v: make().power(1 + v),
        "random": lambda v: v * make().random(4),
        "rayleigh": lambda v: make().rayleigh(v),
        "shuffle": lambda v: changed(make().shuffle, v),
        "standard_cauchy": lambda v: v * make().standard_cauchy(4),
        "standard_exponential": lambda v: v * make().standard_exponential(4),
        "standard_gamma": lambda v: make().standard_gamma(1 + v),
        "standard_normal": lambda v: v * make().standard_normal(4),
        "standard_t": lambda v: make().standard_t(1 + v),
        "triangular": lambda v: make().triangular(v - 1, v, 1 + v),
        "uniform": lambda v: make().uniform(-v, 1 + v),
        "vonmises": lambda v: make().vonmises(v, 4.0),
        "wald": lambda v: make().wald(v, 1 + v),
        "weibull": lambda v: make().weibull(1 + v),
        "zipf": lambda v: make().zipf(1 + v),
    }


GENERATOR = {
    **draws(generator),
    "integers": lambda v: generator().integers(0, (100 * v).astype(int)),
    "multivariate_hypergeometric": lambda v: generator().multivariate_hypergeometric(INTS, 3),
    "permuted": lambda v: generator().permuted(v * v),
}

LEGACY = {
    **draws(legacy),
    **{name: lambda v, name=name: v * getattr(legacy(), name)(4) for name in
       ("rand", "randn", "random_sample")},
    "randint": lambda v: legacy().randint(0, (100 * v).astype(int)),
    "tomaxint": lambda v: legacy().tomaxint(4),
}  # fmt: skip

WITHOUT_NUMBERS = {
    "bit_generator", "bytes", "get_state", "random_integers", "seed", "set_state", "spawn",
}  # fmt: skip
