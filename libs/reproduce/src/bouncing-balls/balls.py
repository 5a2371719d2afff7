"""Writes balls.json beside this file: the same data by NumPy, for the tests of this folder.

Pinned: Python 3.11, numpy 2.4.6. In an environment of its own:
    pip install numpy==2.4.6 && python balls.py

Written anew from what the authors' script does (github.com/zhegan27/TSBN_code_NIPS2015, after Sutskever, 2008).
"""

import json
from pathlib import Path

import numpy as np

N, R, SIZE, RES, FRAMES = 3, 1.2, 10, 30, 100


def bounce():
    """-> centres [100, 3, 2]"""
    v = np.random.randn(N, 2)
    v = v / np.sqrt((v**2).sum()) * 0.5
    while True:
        x = 2 + np.random.rand(N, 2) * 8
        apart = [np.linalg.norm(x[i] - x[j]) for i in range(N) for j in range(i)]
        if (x - R >= 0).all() and (x + R <= SIZE).all() and min(apart) >= 2 * R:
            break
    path = []
    for _ in range(FRAMES):
        path.append(x.copy())
        for _ in range(2):
            x += 0.5 * v
            v = np.where(x - R < 0, np.abs(v), v)
            v = np.where(x + R > SIZE, -np.abs(v), v)
            for i in range(N):
                for j in range(i):
                    w = x[i] - x[j]
                    length = np.sqrt((w**2).sum())
                    if length < 2 * R:
                        w = w / length
                        vi, vj = w @ v[i], w @ v[j]
                        v[i] += w * (vj - vi)
                        v[j] += w * (vi - vj)
    return np.stack(path)


def draw(path):
    """[T, 3, 2] -> [T, 30, 30]"""
    middles = (np.arange(RES) + 0.5) / RES * SIZE
    across, down = np.meshgrid(middles, middles)
    square = (across - path[..., 0, None, None]) ** 2 + (down - path[..., 1, None, None]) ** 2
    return np.minimum(np.exp(-((square / R**2) ** 4)).sum(axis=1), 1)


np.random.seed(0)
training, test, validation = ([bounce() for _ in range(count)] for count in (4000, 200, 200))
frames = np.stack([draw(path) for path in test])
mean = np.stack([draw(path) for path in training[:200]]).mean(axis=(0, 1))
copied = ((frames[:, 1:] - frames[:, :-1]) ** 2).sum(axis=(2, 3))
numbers = lambda values: [float(f"{value:.12g}") for value in np.ravel(values)]
result = {
    # The first sequence of each part, at frames 0, 9, 18 ... 99.
    "paths": {
        "training": numbers(training[0][::9]),
        "validation": numbers(validation[0][::9]),
        "test": numbers(test[0][::9]),
    },
    # Of every test sequence the last centre of ball 0.
    "ends": [round(float(path[-1, 0, 0]), 6) for path in test],
    "frame": numbers(frames[0, 50]),
    "copyLast": copied.mean(),
    "copyLastStandardError": copied.mean(axis=1).std(ddof=1) / np.sqrt(len(test)),
    "meanFrame": ((frames[:, 1:] - mean) ** 2).sum(axis=(2, 3)).mean(),
}
Path(__file__).with_name("balls.json").write_text(json.dumps(result) + "\n")
