"""Writes reference.json beside this file: what PyTorch computes for the tests of this folder, in float64.

Pinned: Python 3.11, torch 2.15.0. In an environment of its own:
    pip install torch==2.15.0 && python reference.py

A second writing of the paper's equations: one edge after the other, in a list, with concatenated inputs. Distances to boxes,
planes and spheres by the formula of each.
"""

import json
import math
import sys
from pathlib import Path

import torch
from torch.nn.functional import layer_norm, relu

sys.path.insert(0, str(Path(__file__).parents[1] / "states"))
import reference as states

HISTORY, ROUNDS, LATENT, LAYERS, REACH, NOISE = 2, 2, 6, 2, 8.0, 0.3
DT, MOVING, BATCH = states.DT, states.MOVING, states.BATCH


def network(name, inputs, outputs=LATENT, norm=True, first="0"):
    widths = [inputs, *[LATENT] * LAYERS, outputs]
    made = {}
    for i, (rows, columns) in enumerate(zip(widths, widths[1:])):
        made |= {f"{name}.{i}.kernel": (rows, columns), f"{name}.{i}.bias": (columns,)}
    return made | ({f"{name}.norm.scale": (outputs,), f"{name}.norm.bias": (outputs,)} if norm else {})


shapes = network("node", 3 * HISTORY + 3 + 9 + 12 + states.ACTIONS) | network("edge", 5)
for k in range(ROUNDS):
    name = f"rounds.{k}.message"
    shapes |= {
        f"{name}.0.edge.kernel": (LATENT, LATENT),
        f"{name}.0.edge.bias": (LATENT,),
        f"{name}.0.receiver.kernel": (LATENT, LATENT),
        f"{name}.0.sender.kernel": (LATENT, LATENT),
    }
    for i in range(LAYERS):
        shapes |= {f"{name}.rest.{i}.kernel": (LATENT, LATENT), f"{name}.rest.{i}.bias": (LATENT,)}
    shapes |= {f"{name}.norm.scale": (LATENT,), f"{name}.norm.bias": (LATENT,)}
    shapes |= network(f"rounds.{k}.update", 2 * LATENT)
shapes |= network("decoder", LATENT, 6, norm=False)
p = states.parameters(shapes)
motion, bodies, actions = states.clip()


def dense(name, x):
    return x @ p[f"{name}.kernel"] + p.get(f"{name}.bias", 0)


def normed(name, x):
    return layer_norm(x, (x.shape[-1],), p[f"{name}.norm.scale"], p[f"{name}.norm.bias"], 1e-5)


def perceptron(name, x, norm=True):
    for i in range(LAYERS + 1):
        x = dense(f"{name}.{i}", x)
        x = relu(x) if i < LAYERS else x
    return normed(name, x) if norm else x


def message(k, e, receiver, sender):
    name = f"rounds.{k}.message"
    x = relu(dense(f"{name}.0.edge", e) + receiver @ p[f"{name}.0.receiver.kernel"] + sender @ p[f"{name}.0.sender.kernel"])
    for i in range(LAYERS):
        x = dense(f"{name}.rest.{i}", x)
        x = relu(x) if i < LAYERS - 1 else x
    return normed(name, x)


def scale(name, start):
    mean, deviation = (part[start : start + 3] for part in states.STATISTICS[name])
    by = states.STATISTICS["motion"][1][7:10] if start in (6, 7) else states.STATISTICS["motion"][1][10:13]
    return mean, torch.sqrt(deviation**2 + (NOISE * by) ** 2)


VELOCITY, SPIN = scale("motion", 7), scale("motion", 10)
VELOCITY_CHANGE, SPIN_CHANGE = scale("change", 6), scale("change", 9)
RADIUS = REACH * DT * VELOCITY[1].norm()
LENGTH = states.STATISTICS["motion"][1][:3].max()


def norm_by(x, s):
    return (x - s[0]) / s[1]


def towards(x, radius, other, b, j):
    """Vector from x to the core of body j, its length, and the gap between surfaces."""
    kind, size = bodies[b, j, :4].argmax(), bodies[b, j, 4:7]
    centre, R = other.x[b, j], other.R[b, j]
    if kind == 0:
        vector, own = centre - x, size[0]
    elif kind == 1:
        local = R.T @ (x - centre)
        vector, own = R @ (torch.clamp(local, -size, size) - local), 0.0
    else:
        normal = R[:, 2]
        vector, own = -torch.clamp((x - centre) @ normal, min=0) * normal, 0.0
    distance = torch.sqrt((vector**2).sum() + 1e-12)
    return vector, distance, distance - radius - own


def accelerate(seen, action):
    """seen: HISTORY + 1 motions; returns [B, M, 6]"""
    newest = seen[-1]
    said = []
    for b in range(BATCH):
        past = [norm_by((after.x[b] - before.x[b]) / DT, VELOCITY) for before, after in zip(seen, seen[1:])]
        turns = newest.R[b].flatten(1) * (1 - bodies[b, :, 0:1])
        known = [*past, norm_by(newest.w[b], SPIN), turns, states.normalised(bodies[b], "bodies")]
        encoded = perceptron("node", torch.cat([*known, action[b].expand(states.BODIES, -1)], 1))
        edges = {}
        for i in MOVING:
            radius = bodies[b, i, 4] if bodies[b, i, 0] == 1 else 0.0
            for j in range(states.BODIES):
                vector, distance, gap = towards(newest.x[b, i], radius, newest, b, j)
                there = bodies[b, j, 11] > 0 or bodies[b, j, 7] > 0
                if i == j or not there or gap >= RADIUS:
                    continue
                distance = distance.reshape(1)
                cut = torch.clamp(gap / RADIUS, -1, 1).reshape(1)
                edges[i, j] = perceptron("edge", torch.cat([vector / distance, distance / LENGTH, cut]))
        nodes = dict(enumerate(encoded))
        for k in range(ROUNDS):
            messages = {(i, j): message(k, e, nodes[i], nodes[j]) for (i, j), e in edges.items()}
            arrived = {i: sum([m for (to, _), m in messages.items() if to == i], torch.zeros(LATENT)) for i in MOVING}
            moved = {i: nodes[i] + perceptron(f"rounds.{k}.update", torch.cat([nodes[i], arrived[i]])) for i in MOVING}
            nodes = nodes | moved
            edges = {pair: e + messages[pair] for pair, e in edges.items()}
        said.append(torch.stack([perceptron("decoder", nodes[i], norm=False) for i in MOVING]))
    return torch.stack(said)


def integrate(seen, said):
    before, now = seen[-2].bodies(MOVING), seen[-1].bodies(MOVING)
    there = states.present(bodies)
    v = (now.x - before.x) / DT + (said[..., :3] * VELOCITY_CHANGE[1] + VELOCITY_CHANGE[0]) * there
    w = now.w + (said[..., 3:] * SPIN_CHANGE[1] + SPIN_CHANGE[0]) * there
    whole = [part.clone() for part in (seen[-1].x, seen[-1].R, seen[-1].v, seen[-1].w)]
    turned = torch.matrix_exp(states.skew(DT * w)) @ now.R
    for part, own in zip(whole, (now.x + DT * v, turned, v, w)):
        part[:, MOVING] = own
    return states.Motion(*whole)


# The noise: a random walk on velocities, summed to places; the newest spin has its own.
walk = states.wave((BATCH, HISTORY, len(MOVING), 3), 50)
on_spin = states.wave((BATCH, len(MOVING), 3), 51) * NOISE * states.STATISTICS["motion"][1][10:13]
steps = walk * NOISE * states.STATISTICS["motion"][1][7:10] / math.sqrt(HISTORY)
places = torch.cat([torch.zeros(BATCH, 1, len(MOVING), 3), (steps.cumsum(1) * DT).cumsum(1)], 1)

noisy = []
for t in range(HISTORY + 1):
    frame = motion[:, t]
    x, w = frame.x.clone(), frame.w.clone()
    x[:, MOVING] += places[:, t]
    if t == HISTORY:
        w[:, MOVING] += on_spin
    noisy.append(states.Motion(x, frame.R, frame.v, w))
said = accelerate(noisy, actions[:, HISTORY])
after = motion[:, HISTORY + 1].bodies(MOVING)
last, before = noisy[-1].bodies(MOVING), noisy[-2].bodies(MOVING)
change = (after.x + places[:, -1] - 2 * last.x + before.x) / DT
wanted = torch.cat([norm_by(change, VELOCITY_CHANGE), norm_by(after.w - last.w, SPIN_CHANGE)], -1)
loss = states.weighted_mean((said - wanted) ** 2, bodies, torch.cat([VELOCITY_CHANGE[1], SPIN_CHANGE[1]]))

seen, imagined = [motion[:, t] for t in range(HISTORY + 1)], []
for k in range(2):
    imagined.append(integrate(seen, accelerate(seen, actions[:, HISTORY + k])))
    seen = [*seen[1:], imagined[-1]]

config = {"history": HISTORY, "rounds": ROUNDS, "latent": LATENT, "layers": LAYERS, "reach": REACH, "noise": NOISE}
result = states.case(p, config, loss, imagined)
Path(__file__).with_name("reference.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
