"""Writes random-state.json beside this file: what NumPy's legacy RandomState draws, for the tests of this room.

Pinned: numpy 2.4.6 on glibc (2.36 when it was written), x86-64. In an environment of its own:
    pip install numpy==2.4.6 && python random-state.py

Long streams are given as the SHA-256 of their little-endian doubles. Normals depend on the C library's logarithm: beside
the hash of NumPy's stream stand the places where a correctly rounded logarithm gives other doubles, with NumPy's value.
Logarithms that are correctly rounded come from the decimal module of Python, at 60 digits.
"""

import decimal
import hashlib
import json
import math
from pathlib import Path

import numpy as np

COUNT = 200_000


def digest(array):
    return hashlib.sha256(np.asarray(array, dtype="<f8").tobytes()).hexdigest()


def rounded_log(x):
    return float(decimal.Decimal(x).ln(decimal.Context(prec=60)))


def exact_normals(seed, count):
    """The polar method of numpy/random/src/legacy/legacy-distributions.c with a correctly rounded logarithm."""
    state = np.random.RandomState(seed)
    values = []
    while len(values) < count:
        x, y = 2 * state.rand() - 1, 2 * state.rand() - 1
        square = x * x + y * y
        if square >= 1 or square == 0:
            continue
        factor = math.sqrt(-2 * rounded_log(square) / square)
        values += [factor * y, factor * x]
    return np.array(values[:count])


def short():
    """One stream that mixes all methods, so that their use of the generator is pinned too."""
    state = np.random.RandomState(42)
    weights = [0.1, 0, 0.4, 0.2, 0.3]
    draws = [
        state.rand(3),
        state.randint(0, 10, 5),
        state.randn(3),
        state.uniform(-2, 3, 2),
        state.choice(5, 6, p=weights),
        state.choice(7, 4),
        state.choice(9, 4, replace=False),
        state.choice(5, 3, replace=False, p=weights),
        state.permutation(8),
        state.normal(3, 0.5, 2),
        state.randint(-3, 2**32 - 3, 3),
        state.randint(5, 6, 2),
        state.random_sample(2),
    ]
    letters = list(range(6))
    state.shuffle(letters)
    return [np.asarray(d).tolist() for d in draws] + [letters, [state.rand()]]


def main():
    normals, exact = np.random.RandomState(7).randn(COUNT), exact_normals(7, COUNT)
    differ = np.flatnonzero(normals != exact)
    ulps = np.abs(normals.view(np.int64) - exact.view(np.int64))
    grid = np.concatenate([np.random.RandomState(3).rand(40), 1 + 1e-3 * np.random.RandomState(4).randn(40), [2.0**-1022, 1.7e308, 0.5, 3.0]])
    result = {
        "numpy": np.__version__,
        "count": COUNT,
        "short": short(),
        "seeds": {str(seed): np.random.RandomState(seed).rand(3).tolist() for seed in (0, 1, 43, 2**32 - 1)},
        "arraySeed": np.random.RandomState([1, 2**31 + 5, 3]).rand(3).tolist(),
        "longArraySeed": np.random.RandomState(list(range(700))).rand(3).tolist(),
        "rand": digest(np.random.RandomState(1).rand(COUNT)),
        "randint": digest(np.random.RandomState(2).randint(0, 1000, COUNT)),
        "choice": digest(np.random.RandomState(5).choice(4, COUNT, p=[0.5, 0.1, 0.15, 0.25])),
        "permutation": digest(np.random.RandomState(6).permutation(COUNT)),
        "randn": digest(normals),
        "randnWhereLogarithmDiffers": [[int(i), float(normals[i])] for i in differ],
        "randnLargestUlps": int(ulps.max()),
        "afterSkipped": [(lambda s: (s.randn(1), s.randn(n), s.randn(3).tolist())[2])(np.random.RandomState(8)) for n in range(6)],
        "logarithms": [[float(x), rounded_log(float(x))] for x in grid],
    }
    text = json.dumps(result)
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(len(differ), "of", COUNT, "normals differ by", ulps.max(), "ulp at most")


main()
