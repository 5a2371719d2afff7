"""Writes scenes.json beside this file: scenes of PhyWorld by NumPy, for the tests of this folder.

Pinned: Python 3.11, numpy 2.4.6. In an environment of its own:
    pip install numpy==2.4.6 && python scenes.py

The draws of the authors' generators with seed 42, written anew; motion in closed form, collisions as they would be without
the steps of a simulator.
"""

import itertools
import json
from pathlib import Path

import numpy as np

WORLD = 10.0


def uniform(low, high):
    return np.random.rand() * (high - low) + low


def shuffled(*axes):
    rows = list(itertools.product(*axes))
    np.random.shuffle(rows)
    return rows


def one_ball(radius, speed, parabola):
    furthest = WORLD - (24 * speed * 0.1 + radius)
    if furthest < radius:
        furthest = radius + uniform(0, 0.5)
    x = uniform(radius, furthest)
    high = 0.95 * WORLD - radius
    return x, uniform(high - 1.0, high) if parabola else uniform(radius + 0.05 * WORLD, high)


def paths(x, height, speed, parabola):
    t = 0.01 + 0.1 * np.arange(32)
    fall = 1.25 * t * (t + 0.01) if parabola else 0 * t
    return np.stack([x + speed * t, height - fall], axis=1)


def one_ball_scenes(rows, parabola, count=4):
    np.random.seed(42)
    scenes = []
    for radius, speed in rows[:count]:
        x, height = one_ball(radius, speed, parabola)
        path = paths(x, height, speed, parabola)
        scenes.append({"radii": [radius], "speeds": [speed], "positions": [round(float(v), 9) for v in path.reshape(-1)]})
    return scenes


def elastic(r1, r2, v1, v2):
    m1, m2 = r1**2, r2**2
    middle = (m1 * v1 - m2 * v2) / (m1 + m2)
    return [2 * middle - v1, 2 * middle + v2]


result = {}
np.random.seed(42)
result["uniform"] = one_ball_scenes(shuffled(np.linspace(0.7, 1.4, 100), np.linspace(1, 4, 300)), False)
np.random.seed(42)
speeds = sorted(uniform(1, 4) for _ in range(300))
radii = sorted(uniform(0.7, 1.4) for _ in range(100))
result["parabola"] = one_ball_scenes(shuffled(radii, speeds), True)
np.random.seed(42)
r, v = np.linspace(0.5, 1.5, 8), np.linspace(1, 4, 21)
rows = shuffled(r, r, v, v)
result["collision"] = [{"values": list(map(float, row)), "after": elastic(*map(float, row))} for row in rows[:12]]
Path(__file__).with_name("scenes.json").write_text(json.dumps(result) + "\n")
