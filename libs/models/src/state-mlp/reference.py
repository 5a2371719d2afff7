"""Writes reference.json beside this file: what PyTorch computes for the tests of this folder, in float64.

Pinned: Python 3.11, torch 2.15.0. In an environment of its own:
    pip install torch==2.15.0 && python reference.py
"""

import json
import sys
from pathlib import Path

import torch
from torch.nn.functional import silu

sys.path.insert(0, str(Path(__file__).parents[1] / "states"))
import reference as states

CONTEXT, UNROLL, WIDTH, LAYERS = 2, 3, 7, 2
widths = [states.BODIES * (CONTEXT * 18 + 12) + states.ACTIONS, *[WIDTH] * LAYERS, len(states.MOVING) * 12]
shapes = {}
for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
    shapes |= {f"network.{i}.kernel": (inputs, outputs), f"network.{i}.bias": (outputs,)}
p = states.parameters(shapes)
motion, bodies, actions = states.clip()


def say(seen, action):
    """seen: C motions of [B, N, ...]"""
    moved = torch.cat([states.motion_features(m, bodies)[:, None] for m in seen], 1)
    x = torch.cat([moved.flatten(1), states.normalised(bodies, "bodies").flatten(1), action], 1)
    for i in range(LAYERS + 1):
        x = x @ p[f"network.{i}.kernel"] + p[f"network.{i}.bias"]
        x = silu(x) if i < LAYERS else x
    return x.reshape(states.BATCH, len(states.MOVING), 12)


seen = [motion[:, t] for t in range(CONTEXT)]
errors, imagined = [], []
for k in range(UNROLL):
    said = say(seen, actions[:, CONTEXT + k - 1])
    errors.append(states.change_error(seen[-1], said, bodies, motion[:, CONTEXT + k]))
    imagined.append(states.motion_after(seen[-1], said, bodies))
    seen = [*seen[1:], imagined[-1]]

config = {"context": CONTEXT, "unroll": UNROLL, "width": WIDTH, "layers": LAYERS}
result = states.case(p, config, sum(errors) / UNROLL, imagined)
Path(__file__).with_name("reference.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
