"""Writes reference.json beside this file: what PyTorch computes of the network of this folder, for model.test.ts.

Pinned: Python 3.11, torch 2.15.0. In an environment of its own: pip install torch==2.15.0 && python reference.py

The equations of README.md in float64, with torch's own layer norm, attention and SiLU. Nothing is cached: to imagine a
frame, the whole sequence goes through the network again. Values are wave(size, k), the same as in the test.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

BATCH, CHANNELS, HEIGHT, WIDTH, PATCH = 2, 1, 8, 12, 4
CONTEXT, FRAMES, FEATURES, BLOCKS, HEADS, EXPANSION, CONDITION, ACTIONS = 2, 4, 16, 2, 2, 2, 8, 2
PIXEL_VARIANCE, CHANGE_VARIANCE = 0.25, 0.01
SHIFT, FLOOR, STEPS, STABILISATION, IMAGINED, WAVES = 8.0, 0.25, 2, 0.05, 4, 32
ROWS, COLUMNS = HEIGHT // PATCH, WIDTH // PATCH
TOKENS, PIXELS, HEAD = ROWS * COLUMNS, CHANNELS * PATCH * PATCH, FEATURES // HEADS


def wave(shape, k, scale=1.0):
    values = [scale * math.sin(1 + 2.399963 * i + 7.1 * k) for i in range(math.prod(shape))]
    return torch.tensor(values).reshape(shape)


def linear(name, inputs, outputs, bias=True):
    return {f"{name}.kernel": (inputs, outputs), **({f"{name}.bias": (outputs,)} if bias else {})}


def shapes():
    found = {**linear("embed", 2 * PIXELS, FEATURES), "place": (TOKENS, FEATURES)}
    found |= linear("levels.0", 2 * WAVES, CONDITION) | linear("levels.1", CONDITION, CONDITION)
    found |= linear("action", ACTIONS, CONDITION)
    for i in range(BLOCKS):
        name = f"blocks.{i}"
        for role in ["space", "time", "mlp"]:
            found |= linear(f"{name}.{role}Norm.modulation", CONDITION, 3 * FEATURES)
        for kind in ["space", "time"]:
            for role in ["query", "key", "value", "output"]:
                found |= linear(f"{name}.{kind}.{role}", FEATURES, FEATURES, bias=False)
            found |= {f"{name}.{kind}.queryNorm.scale": (HEAD,), f"{name}.{kind}.keyNorm.scale": (HEAD,)}
        found |= linear(f"{name}.mlp.0", FEATURES, EXPANSION * FEATURES)
        found |= linear(f"{name}.mlp.1", EXPANSION * FEATURES, FEATURES)
    found |= linear("norm.modulation", CONDITION, 3 * FEATURES)
    return found | linear("head", FEATURES, PIXELS) | linear("gates", FEATURES, 2)


def apply(w, name, x):
    y = x @ w[f"{name}.kernel"]
    return y + w[f"{name}.bias"] if f"{name}.bias" in w else y


def patches(frames):  # [B, T, C, H, W] -> [B, T, N, P] in [-1, 1]
    cells = F.unfold(frames.flatten(0, 1), PATCH, stride=PATCH)  # [B T, P, N]
    return 2 * cells.transpose(1, 2).reshape(*frames.shape[:2], TOKENS, PIXELS) - 1


def picture(tokens):  # [B, N, P] -> [B, C, H, W]
    return F.fold((tokens.transpose(1, 2) + 1) / 2, (HEIGHT, WIDTH), PATCH, stride=PATCH)


def sinusoids(x):
    angles = x[..., None] * 10_000.0 ** (-torch.arange(WAVES // 2) / (WAVES // 2))
    return torch.cat([angles.cos(), angles.sin()], -1)


def turn(x, places):  # [..., S, D], one place each: pairs (i, i + D / 2) as complex numbers
    half = x.shape[-1] // 2
    angles = torch.tensor(places)[:, None] * 10_000.0 ** (-torch.arange(half) / half)
    turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([turned.real, turned.imag], -1)


def turn_in_grid(x):
    rows = [n // COLUMNS for n in range(TOKENS)]
    columns = [n % COLUMNS for n in range(TOKENS)]
    return torch.cat([turn(x[..., : HEAD // 2], rows), turn(x[..., HEAD // 2 :], columns)], -1)


def adaptive(w, name, x, c):
    shift, scale, gate = apply(w, f"{name}.modulation", F.silu(c))[:, :, None].chunk(3, -1)
    return F.layer_norm(x, (FEATURES,), eps=1e-6) * (1 + scale) + shift, gate


def attend(w, name, x, rotate, mask):  # x [..., S, F]
    heads = lambda y: y.unflatten(-1, (HEADS, HEAD)).transpose(-3, -2)
    norm = lambda y, role: F.rms_norm(y, (HEAD,), w[f"{name}.{role}.scale"], eps=1e-5)
    q = rotate(norm(heads(apply(w, f"{name}.query", x)), "queryNorm"))
    k = rotate(norm(heads(apply(w, f"{name}.key", x)), "keyNorm"))
    y = F.scaled_dot_product_attention(q, k, heads(apply(w, f"{name}.value", x)), attn_mask=mask)
    return apply(w, f"{name}.output", y.transpose(-3, -2).flatten(-2))


def still(level, level_before):
    """z = (1 - t) x + t noise, before = (1 - s) (x + change) + s noise: the posterior mean's factors, and precision."""
    t, s = (v.clamp(min=0.02)[..., None, None] for v in (level, level_before))
    # Each over its variance: z / (1 - t) is x with variance (t / (1 - t))^2; written so that level 1 divides by nothing.
    own = (1 - t) / t**2
    other = (1 - s) / (s**2 + (1 - s) ** 2 * CHANGE_VARIANCE)
    total = (1 - t) * own + (1 - s) * other + 1 / PIXEL_VARIANCE
    return own / total, other / total, total


def denoise(w, z, level, actions):  # z [B, T, N, P], level [B, T], actions [B, T, A], each leading to the next frame
    batch, time = level.shape
    before = torch.cat([torch.zeros(batch, 1, TOKENS, PIXELS), z[:, :-1]], 1)
    level_before = torch.cat([torch.ones(batch, 1), level[:, :-1]], 1)
    led = torch.cat([torch.zeros(batch, 1, ACTIONS), actions[:, : time - 1]], 1)
    c = torch.cat([sinusoids(1000 * level), sinusoids(1000 * level_before)], -1)
    c = apply(w, "levels.1", F.silu(apply(w, "levels.0", c))) + apply(w, "action", led)
    h = apply(w, "embed", torch.cat([z, before], -1)) + w["place"]
    ago = torch.arange(time)[:, None] - torch.arange(time)[None]
    window = (ago >= 0) & (ago <= CONTEXT)
    for i in range(BLOCKS):
        x, gate = adaptive(w, f"blocks.{i}.spaceNorm", h, c)
        h = h + gate * attend(w, f"blocks.{i}.space", x, turn_in_grid, None)
        x, gate = adaptive(w, f"blocks.{i}.timeNorm", h, c)
        in_time = lambda y: turn(y, list(range(time)))
        h = h + gate * attend(w, f"blocks.{i}.time", x.transpose(1, 2), in_time, window).transpose(1, 2)
        x, gate = adaptive(w, f"blocks.{i}.mlpNorm", h, c)
        h = h + gate * apply(w, f"blocks.{i}.mlp.1", F.silu(apply(w, f"blocks.{i}.mlp.0", x)))
    y, _ = adaptive(w, "norm", h, c)
    gate = apply(w, "gates", y)
    own, other, total = still(level, level_before)
    known = z * own * (1 + gate[..., :1]) + before * other * (1 + gate[..., 1:])
    return known + apply(w, "head", y) / total.sqrt()


def loss_of(w, frames, actions, u, noise):
    x = patches(frames)
    level = SHIFT * u / (1 + (SHIFT - 1) * u)
    t = level[..., None, None]
    errors = ((denoise(w, (1 - t) * x + t * noise, level, actions) - x) ** 2).mean((2, 3))
    level_before = torch.cat([torch.ones(BATCH, 1), level[:, :-1]], 1)
    precision = still(level.clamp(min=FLOOR), level_before)[2][..., 0, 0]
    return (errors * precision).mean(), errors.mean().sqrt() / 2


@torch.no_grad()
def imagine(w, frames, actions, noises):
    """@param actions [B, CONTEXT - 1 + IMAGINED, A], noises: one [B, N, P] a frame"""
    seen = (1 - STABILISATION) * patches(frames)
    pictures = []
    for noise in noises:
        z = noise
        for i in range(STEPS, 0, -1):
            now, then = (SHIFT * u / (1 + (SHIFT - 1) * u) for u in (i / STEPS, (i - 1) / STEPS))
            sequence = torch.cat([seen, z[:, None]], 1)
            level = torch.full(sequence.shape[:2], STABILISATION)
            level[:, -1] = now
            clean = denoise(w, sequence, level, actions)[:, -1].clamp(-1, 1)
            z = clean + (z - clean) * then / now
        pictures.append(picture(z))
        seen = torch.cat([seen, (1 - STABILISATION) * z[:, None]], 1)
    return torch.stack(pictures, 1)


names = shapes()
weights = {name: wave(shape, k, 0.3).requires_grad_() for k, (name, shape) in enumerate(names.items())}
frames = 0.5 + wave((BATCH, FRAMES, CHANNELS, HEIGHT, WIDTH), 100, 0.4)
u = 0.5 + wave((BATCH, FRAMES), 101, 0.45)
noise = wave((BATCH, FRAMES, TOKENS, PIXELS), 102, 1.4)
acted = wave((BATCH, FRAMES, ACTIONS), 103)
loss, rmse = loss_of(weights, frames, acted, u, noise)
loss.backward()
led = wave((BATCH, CONTEXT - 1 + IMAGINED, ACTIONS), 104)
starts = [wave((BATCH, TOKENS, PIXELS), 110 + k, 1.4) for k in range(IMAGINED)]
imagined = imagine(weights, frames[:, :CONTEXT], led, starts)

Path(__file__).with_name("reference.json").write_text(
    json.dumps(
        {
            "shapes": names,
            "loss": loss.item(),
            "rmse": rmse.item(),
            "gradientNorms": {name: w.grad.norm().item() for name, w in weights.items()},
            "imagined": [round(value, 12) for value in imagined.flatten().tolist()],
        }
    )
    + "\n"
)
values = imagined.flatten()
print(loss.item(), rmse.item(), "inside:", ((values > 0) & (values < 1)).double().mean().item())
