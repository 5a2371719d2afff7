"""Writes reference.json beside this file: what PyTorch computes for the tests of this folder, in float64.

Pinned: Python 3.11, torch 2.15.0. In an environment of its own:
    pip install torch==2.15.0 && python reference.py
"""

import json
import sys
from pathlib import Path

import torch
from torch.nn.functional import layer_norm, scaled_dot_product_attention, silu

sys.path.insert(0, str(Path(__file__).parents[1] / "states"))
import reference as states

CONTEXT, UNROLL, WIDTH, BLOCKS, HEADS, EXPANSION = 3, 2, 8, 2, 2, 2
shapes = {"embed.kernel": (18 + 12 + states.ACTIONS, WIDTH), "embed.bias": (WIDTH,), "time": (CONTEXT, 1, WIDTH)}
for i in range(BLOCKS):
    for way in ("spatial", "temporal"):
        shapes |= {f"blocks.{i}.attention.{way}.{role}.kernel": (WIDTH, WIDTH) for role in ("query", "key", "value", "output")}
    for norm in ("attention.spatialNorm", "attention.temporalNorm", "norm"):
        shapes |= {f"blocks.{i}.{norm}.scale": (WIDTH,), f"blocks.{i}.{norm}.bias": (WIDTH,)}
    shapes |= {
        f"blocks.{i}.mlp.0.kernel": (WIDTH, EXPANSION * WIDTH),
        f"blocks.{i}.mlp.0.bias": (EXPANSION * WIDTH,),
        f"blocks.{i}.mlp.1.kernel": (EXPANSION * WIDTH, WIDTH),
        f"blocks.{i}.mlp.1.bias": (WIDTH,),
    }
shapes |= {"norm.scale": (WIDTH,), "norm.bias": (WIDTH,), "head.kernel": (WIDTH, 12), "head.bias": (12,)}
p = states.parameters(shapes)
motion, bodies, actions = states.clip()


def norm(name, x):
    return layer_norm(x, (WIDTH,), p[f"{name}.scale"], p[f"{name}.bias"], 1e-5)


def attend(name, x, causal):
    """x [..., T, WIDTH]"""
    q, k, v = (
        (x @ p[f"{name}.{role}.kernel"]).unflatten(-1, (HEADS, -1)).transpose(-2, -3) for role in ("query", "key", "value")
    )
    y = scaled_dot_product_attention(q, k, v, is_causal=causal)
    return y.transpose(-2, -3).flatten(-2) @ p[f"{name}.output.kernel"]


def say(seen, acted):
    """seen: C motions of [B, N, ...]; acted [B, C, A]; returns [B, C, M, 12]"""
    tokens = []
    for t, m in enumerate(seen):
        action = acted[:, t, None].expand(-1, states.BODIES, -1)
        known = torch.cat([states.motion_features(m, bodies), states.normalised(bodies, "bodies"), action], -1)
        tokens.append(known @ p["embed.kernel"] + p["embed.bias"] + p["time"][t])
    h = torch.stack(tokens, 1)
    for i in range(BLOCKS):
        name = f"blocks.{i}"
        h = h + attend(f"{name}.attention.spatial", norm(f"{name}.attention.spatialNorm", h), False)
        own = norm(f"{name}.attention.temporalNorm", h).transpose(1, 2)
        h = h + attend(f"{name}.attention.temporal", own, True).transpose(1, 2)
        hidden = silu(norm(f"{name}.norm", h) @ p[f"{name}.mlp.0.kernel"] + p[f"{name}.mlp.0.bias"])
        h = h + hidden @ p[f"{name}.mlp.1.kernel"] + p[f"{name}.mlp.1.bias"]
    return norm("norm", h[:, :, states.MOVING]) @ p["head.kernel"] + p["head.bias"]


seen = [motion[:, t] for t in range(CONTEXT)]
errors, imagined = [], []
for k in range(UNROLL):
    said = say(seen, actions[:, k : k + CONTEXT])
    if k == 0:
        # The same bodies in all frames: the mean over frames is that over everything.
        each = [states.change_error(seen[t], said[:, t], bodies, motion[:, t + 1]) for t in range(CONTEXT)]
        errors.append(sum(each) / CONTEXT)
    else:
        errors.append(states.change_error(seen[-1], said[:, -1], bodies, motion[:, CONTEXT + k]))
    imagined.append(states.motion_after(seen[-1], said[:, -1], bodies))
    seen = [*seen[1:], imagined[-1]]

config = {"context": CONTEXT, "unroll": UNROLL, "width": WIDTH, "blocks": BLOCKS, "heads": HEADS, "expansion": EXPANSION}
result = states.case(p, config, sum(errors) / UNROLL, imagined)
Path(__file__).with_name("reference.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
