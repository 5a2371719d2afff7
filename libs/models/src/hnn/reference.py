"""Writes reference.json beside this file: what JAX computes of the networks of this folder, for model.test.ts.

Pinned: Python 3.11, jax 0.10.2. In an environment of its own: pip install jax==0.10.2 && python reference.py

The equations are those of the paper (arXiv 1906.01563), written for one state, with jax.grad inside and jax.value_and_grad
outside; all in float64. Weights and states are wave(size, k), the same as in the test.
"""

import json
import math
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np

BATCH, WIDTH = 3, 5
NAMES = ["first.kernel", "first.bias", "second.kernel", "second.bias", "last.kernel"]


def wave(shape, seed):
    return np.array([math.sin(1 + 2.399963 * i + 7.1 * seed) for i in range(math.prod(shape))]).reshape(shape)


def weights(coordinates, outputs):
    shapes = [(coordinates, WIDTH), (WIDTH,), (WIDTH, WIDTH), (WIDTH,), (WIDTH, outputs)]
    return {name: wave(shape, k) for k, (name, shape) in enumerate(zip(NAMES, shapes))}


def network(w, x):
    h = jnp.tanh(x @ w["first.kernel"] + w["first.bias"])
    h = jnp.tanh(h @ w["second.kernel"] + w["second.bias"])
    return h @ w["last.kernel"]


def hamiltonian_motion(w, x):
    slope = jax.grad(lambda state: network(w, state)[0])(x)
    return jnp.concatenate([slope[len(x) // 2 :], -slope[: len(x) // 2]])


def case(coordinates, motion, outputs):
    w = weights(coordinates, outputs)
    x, dx = wave((BATCH, coordinates), 10), wave((BATCH, coordinates), 11)
    every = jax.vmap(lambda state: motion(w, state))
    loss, gradients = jax.value_and_grad(
        lambda ws: jnp.mean((jax.vmap(lambda state: motion(ws, state))(x) - dx) ** 2)
    )(w)
    flat = lambda array: np.asarray(array).ravel().tolist()
    return {
        "coordinates": coordinates,
        "output": flat(jax.vmap(lambda state: network(w, state))(x)),
        "timeDerivative": flat(every(x)),
        "loss": float(loss),
        "gradients": {name: flat(gradients[name]) for name in NAMES},
    }


result = {
    "batch": BATCH,
    "width": WIDTH,
    "hnn": [case(2, hamiltonian_motion, 1), case(6, hamiltonian_motion, 1)],
    "baseline": [case(2, network, 2), case(6, network, 6)],
}
Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
