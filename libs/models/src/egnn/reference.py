"""Writes reference.json beside this file: what PyTorch computes for the tests of this folder, in float64.

Pinned: Python 3.11, torch 2.15.0. In an environment of its own:
    pip install torch==2.15.0 && python reference.py

A second writing of equations 3 to 7 of arXiv 2102.09844: a list of edges, concatenated inputs, index_add for sums. The k-th
parameter holds 0.5 wave(size, k), divided by the root of its number of rows; positions wave(size, 50), velocities
wave(size, 51), targets wave(size, 52), charges alternate.
"""

import json
import math
from pathlib import Path

import torch
from torch.nn.functional import mse_loss, silu

torch.set_default_dtype(torch.float64)


def wave(size, seed):
    return torch.tensor([math.sin(1 + 2.399963 * i + 7.1 * seed) for i in range(size)])


def rounded(tensor):
    return [float(f"{value:.10g}") for value in tensor.detach().reshape(-1).tolist()]


def shapes(layers, features):
    """By name, in the order in which the model declares them."""
    f = features
    names = {"embed.kernel": (1, f), "embed.bias": (f,)}
    for i in range(layers):
        own = {
            "message.0.receiver.kernel": (f, f),
            "message.0.receiver.bias": (f,),
            "message.0.sender.kernel": (f, f),
            "message.0.edge.kernel": (3, f),
            "message.1.kernel": (f, f),
            "message.1.bias": (f,),
            "pull.0.kernel": (f, f),
            "pull.0.bias": (f,),
            "pull.1.kernel": (f, 1),
            "keep.0.kernel": (f, f),
            "keep.0.bias": (f,),
            "keep.1.kernel": (f, 1),
            "keep.1.bias": (1,),
            "update.0.kernel": (2 * f, f),
            "update.0.bias": (f,),
            "update.1.kernel": (f, f),
            "update.1.bias": (f,),
        }
        names |= {f"layers.{i}.{name}": shape for name, shape in own.items()}
    return names


def forward(p, layers, x, v, q):
    """One scene: x, v [N, 3], q [N]."""
    n = len(x)
    edges = [(i, j) for i in range(n) for j in range(n) if i != j]
    row = torch.tensor([i for i, _ in edges])
    col = torch.tensor([j for _, j in edges])

    def apply(name, y):
        y = y @ p[f"{name}.kernel"]
        return y + p[f"{name}.bias"] if f"{name}.bias" in p else y

    def total(values):
        return torch.zeros(n, values.shape[1]).index_add(0, row, values)

    start = ((x[row] - x[col]) ** 2).sum(1, keepdim=True)
    attributes = torch.cat([(q[row] * q[col])[:, None], start], 1)
    h = apply("embed", v.norm(dim=1, keepdim=True))
    for i in range(layers):
        name = f"layers.{i}"
        difference = x[row] - x[col]
        radial = (difference**2).sum(1, keepdim=True)
        parts = ("receiver", "sender", "edge")
        kernel = torch.cat([p[f"{name}.message.0.{part}.kernel"] for part in parts], 0)
        m = torch.cat([h[row], h[col], radial, attributes], 1) @ kernel + p[f"{name}.message.0.receiver.bias"]
        m = silu(apply(f"{name}.message.1", silu(m)))
        weight = apply(f"{name}.pull.1", silu(apply(f"{name}.pull.0", m)))
        kept = apply(f"{name}.keep.1", silu(apply(f"{name}.keep.0", h)))
        x = x + kept * v + total(difference * weight) / (n - 1)
        update = torch.cat([h, total(m)], 1)
        h = h + apply(f"{name}.update.1", silu(apply(f"{name}.update.0", update)))
    return x


def case(layers, features, batch, count):
    names = shapes(layers, features)
    p = {}
    for k, (name, shape) in enumerate(names.items()):
        values = 0.5 * wave(math.prod(shape), k).reshape(shape) / math.sqrt(shape[0])
        p[name] = values.requires_grad_()
    size = (batch, count, 3)
    x, v, target = (wave(math.prod(size), seed).reshape(size) for seed in (50, 51, 52))
    q = torch.tensor([1.0, -1.0] * (batch * count))[: batch * count].reshape(batch, count)
    predicted = torch.stack([forward(p, layers, *scene) for scene in zip(x, v, q)])
    loss = mse_loss(predicted, target)
    loss.backward()
    # Nothing reads what the last round makes of the bodies' features.
    gradients = {name: value.grad if value.grad is not None else torch.zeros(value.shape) for name, value in p.items()}
    return {
        "config": {"layers": layers, "features": features},
        "bodies": [batch, count, 3],
        "parameterCount": sum(value.numel() for value in p.values()),
        "predicted": rounded(predicted),
        "loss": rounded(loss)[0],
        "gradientNorms": {name: rounded(gradient.norm())[0] for name, gradient in gradients.items()},
        **({"gradients": {name: rounded(g) for name, g in gradients.items()}} if features < 8 else {}),
    }


cases = {"small": case(2, 3, 2, 3), "published": case(4, 64, 2, 5)}
text = ",\n".join(f" {json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in cases.items())
Path(__file__).with_name("reference.json").write_text(f"{{\n{text}\n}}\n")
