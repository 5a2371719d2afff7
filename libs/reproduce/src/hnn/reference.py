"""Writes reference.json beside this file: what SciPy's RK45 and NumPy's random numbers give by the authors' recipes.

Pinned: numpy 2.4.6, scipy 1.17.1. In an environment of its own: pip install numpy==2.4.6 scipy==1.17.1 && python reference.py

The recipes are those of experiment-{spring,pend,2body,3body}/data.py in github.com/greydanus/hamiltonian-nn, with the
derivatives written out where theirs come from autograd.
"""

import json
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp


def one_body(rate, points, radius):
    np.random.seed(0)
    xs, dxs = [], []
    for _ in range(50):
        t_eval = np.linspace(0, 3, points)
        y0 = np.random.rand(2) * 2 - 1
        r = radius()
        y0 = y0 / np.sqrt((y0**2).sum()) * r
        path = solve_ivp(lambda t, y: rate(y), [0, 3], y0, t_eval=t_eval, rtol=1e-10)["y"]
        dxs.append(np.stack([rate(y) for y in path.T]))
        q, p = path
        q = q + np.random.randn(points) * 0.1
        p = p + np.random.randn(points) * 0.1
        xs.append(np.stack([q, p]).T)
    return np.concatenate(xs), np.concatenate(dxs), np.random.rand(2)


def gravity(t, flat):
    state = flat.reshape(-1, 5)
    rate = np.zeros_like(state)
    rate[:, 1:3] = state[:, 3:5]
    for i in range(len(state)):
        others = np.delete(state, i, axis=0)
        d = others[:, 1:3] - state[i, 1:3]
        r = (d**2).sum(1, keepdims=True) ** 0.5
        rate[i, 3:5] = (others[:, :1] * d / r**3).sum(0)
    return rate.reshape(-1)


def two_bodies():
    state = np.zeros((2, 5))
    state[:, 0] = 1
    pos = np.random.rand(2) * (1.5 - 0.5) + 0.5
    r = np.sqrt(np.sum(pos**2))
    vel = np.flipud(pos) / (2 * r**1.5)
    vel[0] *= -1
    vel *= 1 + 5e-2 * np.random.randn()
    state[:, 1:3] = pos
    state[:, 3:5] = vel
    state[1, 1:] *= -1
    return state


def rotate2d(p, theta):
    c, s = np.cos(theta), np.sin(theta)
    return (np.array([[c, -s], [s, c]]) @ p.reshape(2, 1)).squeeze()


def three_bodies():
    state = np.zeros((3, 5))
    state[:, 0] = 1
    p1 = 2 * np.random.rand(2) - 1
    r = np.random.rand() * (1.2 - 0.9) + 0.9
    p1 *= r / np.sqrt(np.sum(p1**2))
    p2 = rotate2d(p1, 2 * np.pi / 3)
    p3 = rotate2d(p2, 2 * np.pi / 3)
    v1 = rotate2d(p1, np.pi / 2) / r**1.5
    v1 = v1 * np.sqrt(np.sin(np.pi / 3) / (2 * np.cos(np.pi / 6) ** 2))
    v2 = rotate2d(v1, 2 * np.pi / 3)
    v3 = rotate2d(v2, 2 * np.pi / 3)
    for i, (p, v) in enumerate([(p1, v1), (p2, v2), (p3, v3)]):
        state[i, 1:3], state[i, 3:5] = p, v * (1 + 2e-1 * (2 * np.random.rand(2) - 1))
    return state


def orbits(start, trials, points, end):
    np.random.seed(0)
    xs, dxs = [], []
    for _ in range(trials):
        state = start()
        path = solve_ivp(gravity, [0, end], state.flatten(), t_eval=np.linspace(0, end, points), rtol=1e-9)["y"]
        for flat in path.T:
            xs.append(flat.reshape(-1, 5).T[1:].flatten())
            dxs.append(gravity(None, flat).reshape(-1, 5).T[1:].flatten())
    return np.stack(xs), np.stack(dxs)


def summary(x, dx):
    picked = [0, 1, len(x) // 2 + 7, len(x) - 1]
    return {
        "count": len(x),
        "rows": picked,
        "x": x[picked].tolist(),
        "dx": dx[picked].tolist(),
        "meanSquare": [float((x**2).mean()), float((dx**2).mean())],
    }


def pendulum_with(radius):
    return one_body(lambda y: np.array([2 * y[1], -3 * np.sin(y[0])]), 45, radius)


spring = one_body(lambda y: np.array([2 * y[1], -2 * y[0]]), 30, lambda: np.random.rand() * 0.9 + 0.1)
pendulum = pendulum_with(lambda: np.random.rand() + 1.3)
notebook = pendulum_with(lambda: 2.0)
# The first of the 1000 and 5000 trials: what follows is drawn the same way.
two, three = orbits(two_bodies, 40, 50, 20), orbits(three_bodies, 100, 20, 5)
result = {
    "spring": {**summary(*spring[:2]), "next": spring[2].tolist()},
    "pendulum": {**summary(*pendulum[:2]), "next": pendulum[2].tolist()},
    "pendulumNotebook": notebook[2].tolist(),
    "twoBody": summary(*two),
    "threeBody": summary(*three),
    "long": solve_ivp(
        lambda t, y: np.array([2 * y[1], -3 * np.sin(y[0])]), [0, 20], [2.0, 0.5], t_eval=np.linspace(0, 20, 7), rtol=1e-12
    )["y"].T.tolist(),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
