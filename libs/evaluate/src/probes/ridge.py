"""Writes ridge.json beside this file: what NumPy computes for ridge.test.ts, from the normal equations in their primal form.

Pinned: Python 3.11, numpy 2.4.6. In an environment of its own: pip install numpy==2.4.6 && python ridge.py
"""

import json
from pathlib import Path

import numpy as np

def wave(shape, seed):
    size = int(np.prod(shape))
    return np.sin(1 + 2.399963 * np.arange(size) + 7.1 * seed).reshape(shape)


def case(samples, features, targets, penalty):
    x, y, new = wave((samples, features), 1), wave((samples, targets), 2), wave((4, features), 3)
    x[:, 1] = new[:, 1] = 2.5  # never differs
    mean, deviation = x.mean(0), x.std(0)
    scale = np.where(deviation > 1e-7, 1 / np.where(deviation > 1e-7, deviation, 1), 0)
    z = (x - mean) * scale
    weights = np.linalg.solve(z.T @ z + penalty * np.eye(features), z.T @ (y - y.mean(0)))
    predicted = (new - mean) * scale @ weights + y.mean(0)
    return {"shape": [samples, features, targets], "penalty": penalty, "predicted": predicted.tolist()}


cases = [case(12, 5, 2, 0.3), case(6, 40, 3, 2.0)]
Path(__file__).with_name("ridge.json").write_text(json.dumps(cases) + "\n")
