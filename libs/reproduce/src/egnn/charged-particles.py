"""Writes charged-particles.json beside this file: the same data by NumPy, for the tests of this folder.

Pinned: Python 3.11, numpy 2.4.6. In an environment of its own:
    pip install numpy==2.4.6 && python charged-particles.py

Written anew from what the authors' simulator does, over many simulations at once; it takes minutes.
"""

import json
from pathlib import Path

import numpy as np

PARTICLES, DIMENSIONS, FRAMES, PERIOD, DT = 5, 3, 49, 100, 0.001


def draw():
    """One simulation's charges [5], positions and velocities [3, 5]; the stream ends where the simulator leaves it."""
    charges = np.random.choice(np.array([-1.0, 0.0, 1.0]), size=(PARTICLES, 1), p=[0.5, 0, 0.5])[:, 0]
    x = np.random.randn(DIMENSIONS, PARTICLES)
    v = np.random.randn(DIMENSIONS, PARTICLES)
    v = v * 0.5 / np.sqrt((v**2).sum(axis=0)).reshape(1, -1)
    over, under = x > 5, x < -5
    x[over], v[over] = 10 - x[over], -np.abs(v[over])
    x[under], v[under] = -10 - x[under], np.abs(v[under])
    np.random.randn(FRAMES, DIMENSIONS, PARTICLES)
    np.random.randn(FRAMES, DIMENSIONS, PARTICLES)
    return charges, x, v


def forces(x, charges):
    """x [S, 3, 5] -> [S, 3, 5]"""
    difference = x[:, :, :, None] - x[:, :, None, :]
    square = (difference**2).sum(axis=1)
    strength = charges[:, :, None] * charges[:, None, :]
    diagonal = np.eye(PARTICLES, dtype=bool)
    strength = np.where(diagonal, 0, strength / np.where(diagonal, 1, square) ** 1.5)
    return np.clip((strength[:, None] * difference).sum(axis=-1), -0.1 / DT, 0.1 / DT)


def simulate(draws):
    """-> positions and velocities at frame 30, positions at frame 40, [S, 5, 3]"""
    charges, x, v = (np.stack(parts) for parts in zip(*draws))
    x, v = x.copy(), v.copy()
    v += DT * forces(x, charges)
    kept = {}
    for step in range(1, 41 * PERIOD + 1):
        x += DT * v
        if step in (31 * PERIOD, 41 * PERIOD):
            kept[step] = x.copy(), v.copy()
        v += DT * forces(x, charges)
    now, later = kept[31 * PERIOD], kept[41 * PERIOD]
    return charges, *(part.transpose(0, 2, 1) for part in (now[0], now[1], later[0]))


np.random.seed(43)
splits = {}
for name, drawn, kept in (("training", 10_000, 3000), ("validation", 2000, 2000), ("test", 2000, 2000)):
    splits[name] = simulate([draw() for _ in range(drawn)][:kept])

_, x, v, target = splits["training"]
time = (v * (target - x)).sum() / (v**2).sum()
rows = {}
for name, (_, x, v, target) in splits.items():
    rows[name] = {"static": ((x - target) ** 2).mean(), "linear": ((x + time * v - target) ** 2).mean()}
first = {
    name: {
        key: [float(f"{value:.12g}") for value in part[:3].reshape(-1)]
        for key, part in zip(("charges", "positions", "velocities", "targets"), parts)
    }
    for name, parts in splits.items()
}
# Close encounters amplify rounding: medians hardly see it, and of single samples most agree.
_, x, v, target = splits["test"]
median = float(np.median(((x + 0.7 * v - target) ** 2).mean(axis=(1, 2))))
ends = [round(float(value), 5) for value in target[:500, 0, 0]]
result = {"time": time, "rows": rows, "medianAtTime0.7": median, "first": first, "ends": ends}
Path(__file__).with_name("charged-particles.json").write_text(json.dumps(result) + "\n")
