"""The reference transformer's training step in PyTorch or JAX: the same weights, clips and optimizer, on two threads.

Usage: transformer_peer.py <torch|compile|jax> <folder>
The folder holds problem.json, parameters.bin (f32, in the order of problem.json) and clips.bin (u8 [B, 2, H, W, C]).
Prints JSON: version and losses of a first run of some steps; then, for every line that it is given, the milliseconds of a
step in a run of as many.
"""
import json
import os
import sys
import time

backend, folder = sys.argv[1:]
problem = json.load(open(os.path.join(folder, "problem.json")))
threads = problem["threads"]
os.environ["OMP_NUM_THREADS"] = str(threads)
if backend == "jax":
    os.environ["JAX_PLATFORMS"] = "cpu"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
import numpy as np

values = np.fromfile(os.path.join(folder, "parameters.bin"), np.float32)
parameters, start = {}, 0
for name, shape in problem["shapes"].items():
    size = int(np.prod(shape))
    parameters[name] = values[start : start + size].reshape(shape)
    start += size
clips = np.fromfile(os.path.join(folder, "clips.bin"), np.uint8).reshape(problem["clips"])
batch, _, height, width, channels = clips.shape
patch, heads, blocks = problem["patch"], problem["heads"], problem["blocks"]
rows, columns = height // patch, width // patch
learning_rate, decay, beta1, beta2, epsilon = 1e-4, 0.01, 0.9, 0.999, 1e-8


def tokens(frames, transpose):
    """[B, H, W, C] to [B, tokens, C patch patch]"""
    split = frames.reshape(batch, rows, patch, columns, patch, channels)
    return transpose(split, (0, 1, 3, 5, 2, 4)).reshape(batch, rows * columns, channels * patch * patch)


def loss_of(p, before, after, norm, linear, attention, silu, swap):
    def project(name, x):
        return linear(x, p[f"{name}.kernel"], p.get(f"{name}.bias"))

    def split(x):
        return swap(x.reshape(batch, rows * columns, heads, -1), 1, 2)

    x = project("embed", before) + p["place"]
    for i in range(blocks):
        y = norm(x, p[f"blocks.{i}.first.scale"])
        q, k, v = (split(project(f"blocks.{i}.attention.{role}", y)) for role in ("query", "key", "value"))
        seen = swap(attention(q, k, v), 1, 2).reshape(batch, rows * columns, -1)
        x = x + project(f"blocks.{i}.attention.output", seen)
        y = norm(x, p[f"blocks.{i}.second.scale"])
        x = x + project(f"blocks.{i}.mlp.1", silu(project(f"blocks.{i}.mlp.0", y)))
    difference = project("head", norm(x, p["norm.scale"])) - after
    return (difference * difference).mean()


def torch_step():
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)
    # As torch.nn.Linear has them: [outputs, inputs].
    own = {k: x.T if k.endswith(".kernel") else x for k, x in parameters.items()}
    p = {name: torch.nn.Parameter(torch.from_numpy(value.copy("C"))) for name, value in own.items()}
    frames = torch.from_numpy(clips).float() / 255
    before, after = (tokens(frames[:, t], torch.permute) for t in (0, 1))
    groups = [
        {"params": [v for v in p.values() if v.ndim > 1], "weight_decay": decay},
        {"params": [v for v in p.values() if v.ndim == 1], "weight_decay": 0.0},
    ]
    settings = {"lr": learning_rate, "betas": (beta1, beta2), "eps": epsilon}
    try:
        optimizer = torch.optim.AdamW(groups, fused=True, **settings)
    except (RuntimeError, TypeError):  # older versions fuse on GPUs only
        optimizer = torch.optim.AdamW(groups, foreach=True, **settings)
    norm = lambda x, scale: F.rms_norm(x, scale.shape, scale, 1e-5)
    attention = F.scaled_dot_product_attention
    forward = lambda: loss_of(p, before, after, norm, F.linear, attention, F.silu, torch.swapaxes)
    if backend == "compile":
        if not hasattr(torch, "compile"):
            raise SystemExit(f"PyTorch {torch.__version__} has no torch.compile")
        forward = torch.compile(forward)

    def step():
        optimizer.zero_grad(set_to_none=True)
        value = forward()
        value.backward()
        torch.nn.utils.clip_grad_norm_(p.values(), 1.0)
        optimizer.step()
        return value.item()

    return step, torch.__version__


def jax_step():
    import jax
    import jax.numpy as jnp

    frames = jnp.asarray(clips).astype(jnp.float32) / 255
    before, after = (tokens(frames[:, t], jnp.transpose) for t in (0, 1))
    p = {name: jnp.asarray(value) for name, value in parameters.items()}
    zeros = lambda: {name: jnp.zeros_like(value) for name, value in p.items()}

    def norm(x, scale):
        return x / jnp.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * scale

    def linear(x, kernel, bias):
        return x @ kernel if bias is None else x @ kernel + bias

    def attention(q, k, v):
        return jax.nn.softmax(q @ jnp.swapaxes(k, -1, -2) / q.shape[-1] ** 0.5) @ v

    loss = lambda q: loss_of(q, before, after, norm, linear, attention, jax.nn.silu, jnp.swapaxes)

    @jax.jit
    def update(state, n):
        p, m, v = state
        value, g = jax.value_and_grad(loss)(p)
        length = jnp.sqrt(sum((x * x).sum() for x in g.values()))
        scale = jnp.minimum(1.0, 1.0 / (length + 1e-6))
        g = {k: x * scale for k, x in g.items()}
        m = {k: beta1 * m[k] + (1 - beta1) * g[k] for k in p}
        v = {k: beta2 * v[k] + (1 - beta2) * g[k] * g[k] for k in p}
        c1, c2 = 1 - beta1**n, 1 - beta2**n
        move = {k: m[k] / c1 / (jnp.sqrt(v[k] / c2) + epsilon) for k in p}
        p = {k: x - learning_rate * (move[k] + (decay * x if x.ndim > 1 else 0)) for k, x in p.items()}
        return (p, m, v), value

    state, n = (p, zeros(), zeros()), 0.0

    def step():
        nonlocal state, n
        n += 1
        state, value = update(state, n)
        return float(value)

    return step, jax.__version__


step, version = jax_step() if backend == "jax" else torch_step()
steps = problem["steps"]
print(json.dumps({"version": version, "losses": [step() for _ in range(steps)]}), flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    for _ in range(steps):
        step()
    print(1000 * (time.perf_counter() - started) / steps, flush=True)
