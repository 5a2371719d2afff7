"""Writes layers.json beside this file: what JAX, Flax, Equinox and Optax compute, for the tests of this room.

Pinned: Python 3.11, jax 0.10.2, flax 0.12.8, equinox 0.13.8, optax 0.2.8. In an environment of its own:
    pip install jax==0.10.2 flax==0.12.8 equinox==0.13.8 optax==0.2.8 && python layers.py

All is computed in float64. Values of the k-th input of a case are wave(size, k), the same as in layers.test.ts; the loss
whose gradients are given is the sum over outputs, sorted by name, of output * wave(size, 100 + k).
"""

import json
import math
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import equinox as eqx
import flax.linen as nn
import jax.numpy as jnp
import numpy as np
import optax

PRECISION = 10


def wave(size, seed):
    return np.array([math.sin(1 + 2.399963 * i + 7.1 * seed) for i in range(size)])


def rounded(array):
    return [float(f"{value:.{PRECISION}g}") for value in np.asarray(array, dtype=np.float64).ravel()]


layers = {}


def case(name, shapes, function, shift={}, integers={}):
    """function(values by name) -> outputs by name; shift is added to an input's values; integers get no gradient."""
    inputs = {
        key: jnp.asarray(wave(math.prod(shape), k).reshape(shape)) + shift.get(key, 0)
        for k, (key, shape) in enumerate(shapes.items())
    }
    whole = {key: jnp.asarray(value, dtype=jnp.int32) for key, value in integers.items()}

    def loss(values):
        outputs = dict(sorted(function({**values, **whole}).items()))
        weights = [wave(output.size, 100 + k).reshape(output.shape) for k, output in enumerate(outputs.values())]
        return sum(jnp.sum(output * weight) for output, weight in zip(outputs.values(), weights)), outputs

    (_, outputs), gradients = jax.value_and_grad(loss, has_aux=True)(inputs)
    layers[name] = {
        "inputs": {key: list(shape) for key, shape in shapes.items()},
        **({"shift": shift} if shift else {}),
        **({"integers": {key: np.asarray(value).tolist() for key, value in integers.items()}} if integers else {}),
        "outputs": {key: {"shape": list(value.shape), "values": rounded(value)} for key, value in outputs.items()},
        "gradients": {key: rounded(gradients[key]) for key in inputs},
    }


def flax(module, parameters, *arguments, **keywords):
    return module.apply({"params": parameters}, *arguments, **keywords)


def dense(values, name):
    bias = values.get(f"{name}.bias")
    return {"kernel": values[f"{name}.kernel"], **({} if bias is None else {"bias": bias})}


def to_last(x):
    return jnp.moveaxis(x, 1, -1)


def to_first(x):
    return jnp.moveaxis(x, -1, 1)


# Linear, MLP, embedding, sinusoids

case(
    "linear",
    {"x": (2, 3, 4), "l.kernel": (4, 5), "l.bias": (5,)},
    lambda v: {"y": flax(nn.Dense(5), dense(v, "l"), v["x"])},
)
case(
    "mlp",
    {"x": (3, 2), "m.0.kernel": (2, 4), "m.0.bias": (4,), "m.1.kernel": (4, 2), "m.1.bias": (2,)},
    lambda v: {
        "y": flax(nn.Dense(2), dense(v, "m.1"), nn.gelu(flax(nn.Dense(4), dense(v, "m.0"), v["x"]), approximate=True))
    },
)
case(
    "embedding",
    {"e.table": (5, 3)},
    lambda v: {"y": flax(nn.Embed(5, 3), {"embedding": v["e.table"]}, v["indices"])},
    integers={"indices": [[4, 0, 2], [2, 2, 1]]},
)


def sinusoids(x, features):
    # timestep_embedding of facebookresearch/DiT, models.py
    half = features // 2
    angles = x[..., None] * jnp.exp(-math.log(10000) * jnp.arange(half) / half)
    return jnp.concatenate([jnp.cos(angles), jnp.sin(angles)], axis=-1)


case("sinusoids", {"x": (2, 3)}, lambda v: {"y": sinusoids(v["x"], 6)})

# Convolutions


def convolution(values, **options):
    y = jax.lax.conv_general_dilated(
        values["x"], values["c.kernel"], dimension_numbers=("NCHW", "OIHW", "NCHW"), **options
    )
    return {"y": y + values["c.bias"][:, None, None]}


shapes = {"x": (2, 2, 4, 5), "c.kernel": (3, 2, 3, 3), "c.bias": (3,)}
case("convolution", shapes, lambda v: convolution(v, window_strides=(1, 1), padding="SAME"))
case("convolution, strided", shapes, lambda v: convolution(v, window_strides=(2, 2), padding="SAME"))
case(
    "convolution, dilated",
    shapes,
    lambda v: convolution(v, window_strides=(1, 1), padding=((2, 2), (2, 2)), rhs_dilation=(2, 2)),
)


def transposed(values, stride, padding):
    y = jax.lax.conv_transpose(
        values["x"],
        values["c.kernel"],
        strides=(stride, stride),
        padding=padding,
        dimension_numbers=("NCHW", "OIHW", "NCHW"),
        transpose_kernel=True,
    )
    return {"y": y + values["c.bias"][:, None, None]}


for size, stride in [(4, 2), (3, 2), (3, 1), (2, 2), (5, 3)]:
    case(
        f"transposedConvolution, {size} by {stride}",
        {"x": (1, 2, 2, 3), "c.kernel": (2, 3, size, size), "c.bias": (3,)},
        lambda v: transposed(v, stride, "SAME"),
    )
case(
    "transposedConvolution, whole",
    {"x": (2, 1, 2, 2), "c.kernel": (1, 2, 3, 3), "c.bias": (2,)},
    lambda v: transposed(v, 2, "VALID"),
)

# Norms


def scaled(values):
    return {"scale": values["n.scale"], **({"bias": values["n.bias"]} if "n.bias" in values else {})}


affine = {"n.scale": (4,), "n.bias": (4,)}
case(
    "layerNorm",
    {"x": (2, 3, 4), **affine},
    lambda v: {"y": flax(nn.LayerNorm(epsilon=1e-5, use_fast_variance=False), scaled(v), v["x"])},
)
case(
    "rmsNorm",
    {"x": (2, 3, 4), "n.scale": (4,)},
    lambda v: {"y": flax(nn.RMSNorm(epsilon=1e-5), scaled(v), v["x"])},
)
case(
    "groupNorm",
    {"x": (2, 4, 3, 2), **affine},
    lambda v: {
        "y": to_first(
            flax(nn.GroupNorm(num_groups=2, epsilon=1e-5, use_fast_variance=False), scaled(v), to_last(v["x"]))
        )
    },
)


def batch_norm(values, training):
    x = to_last(values["x"])
    module = nn.BatchNorm(use_running_average=not training, momentum=0.9, epsilon=1e-5, use_fast_variance=False)
    state = {"params": scaled(values), "batch_stats": {"mean": values["n.mean"], "var": values["n.variance"]}}
    if not training:
        return {"y": to_first(module.apply(state, x))}
    y, updated = module.apply(state, x, mutable=["batch_stats"])
    statistics = updated["batch_stats"]
    # Flax keeps the variance of the batch as it is; PyTorch and the paper's algorithm 2 multiply it by m / (m - 1).
    m = x.size // x.shape[-1]
    now = (statistics["var"] - 0.9 * values["n.variance"]) * m / (m - 1)
    return {"y": to_first(y), "n.mean": statistics["mean"], "n.variance": 0.9 * values["n.variance"] + now}


running = {"n.mean": (4,), "n.variance": (4,)}
for training in (True, False):
    case(
        f"batchNorm, {'training' if training else 'inference'}",
        {"x": (2, 4, 3, 2), **affine, **running},
        lambda v: batch_norm(v, training),
        shift={"n.variance": 2},
    )

# Attention


def projections(values, name, heads, features):
    kernel = {"query": values[f"{name}.query.kernel"], "key": values[f"{name}.key.kernel"]}
    kernel["value"] = values[f"{name}.value.kernel"]
    split = {role: {"kernel": k.reshape(k.shape[0], heads, -1)} for role, k in kernel.items()}
    return {**split, "out": {"kernel": values[f"{name}.output.kernel"].reshape(heads, -1, features)}}


def attend(values, name, x, context=None, heads=2, mask=None):
    module = nn.MultiHeadDotProductAttention(num_heads=heads, qkv_features=x.shape[-1], use_bias=False)
    parameters = projections(values, name, heads, x.shape[-1])
    return flax(module, parameters, x, x if context is None else context, mask=mask)


def kernels(name, features, context=None, wide=None):
    context, wide = context or features, wide or features
    return {
        f"{name}.query.kernel": (features, wide),
        f"{name}.key.kernel": (context, wide),
        f"{name}.value.kernel": (context, wide),
        f"{name}.output.kernel": (wide, features),
    }


weights = kernels("a", 4)
case("attention", {"x": (2, 3, 4), **weights}, lambda v: {"y": attend(v, "a", v["x"])})
case(
    "attention, causal",
    {"x": (2, 3, 4), **weights},
    lambda v: {"y": attend(v, "a", v["x"], mask=nn.make_causal_mask(jnp.ones((2, 3))))},
)
frames = np.arange(6) // 2
case(
    "attention, block-causal",
    {"x": (1, 6, 4), **weights},
    lambda v: {"y": attend(v, "a", v["x"], mask=jnp.asarray(frames[None, :] <= frames[:, None]))},
)
case(
    "attention, to a context",
    {"x": (2, 2, 4), "context": (2, 3, 5), **kernels("a", 4, 5)},
    lambda v: {"y": attend(v, "a", v["x"], v["context"])},
)


def rotated(x, positions):
    """x [T, heads, D], as Equinox turns it: by positions that count from 0, of which these are taken."""
    embedding = eqx.nn.RotaryPositionalEmbedding(x.shape[-1], theta=10000.0, dtype=jnp.float64)
    longest = max(positions) + 1
    out = []
    for t, position in enumerate(positions):
        padded = jnp.zeros((longest, x.shape[-1])).at[position].set(x[t])
        out.append(embedding(padded)[position])
    return jnp.stack(out)


def heads_of(x, heads):
    return x.reshape(*x.shape[:-1], heads, -1)


def rotary_attention(values, x, axes, heads=1, norm=False):
    """x [T, F]"""
    q, k, v = (heads_of(x @ values[f"a.{role}.kernel"], heads) for role in ("query", "key", "value"))
    if norm:
        q = flax(nn.RMSNorm(epsilon=1e-5), {"scale": values["a.queryNorm.scale"]}, q)
        k = flax(nn.RMSNorm(epsilon=1e-5), {"scale": values["a.keyNorm.scale"]}, k)

    def turn(y):
        parts = jnp.split(y, len(axes), axis=-1)
        return jnp.concatenate(
            [jnp.stack([rotated(part[:, h], places) for h in range(heads)], 1) for part, places in zip(parts, axes)], -1
        )

    y = nn.dot_product_attention(turn(q)[None], turn(k)[None], v[None])[0]
    return y.reshape(x.shape[0], -1) @ values["a.output.kernel"]


case(
    "attention, rotary",
    {"x": (1, 3, 4), **kernels("a", 4, wide=8)},
    lambda v: {"y": rotary_attention(v, v["x"][0], [[0, 1, 2]], heads=2)[None]},
)
case(
    "attention, rotary over a grid with normalised queries and keys",
    {"x": (1, 6, 4), **kernels("a", 4), "a.queryNorm.scale": (4,), "a.keyNorm.scale": (4,)},
    lambda v: {"y": rotary_attention(v, v["x"][0], [[0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]], norm=True)[None]},
)


def spatial_temporal(v):
    def norm(name, x):
        parameters = {"scale": v[f"s.{name}.scale"], "bias": v[f"s.{name}.bias"]}
        return flax(nn.LayerNorm(epsilon=1e-5, use_fast_variance=False), parameters, x)

    x = v["x"]
    y = x + attend(v, "s.spatial", norm("spatialNorm", x))
    past = jnp.tril(jnp.ones((x.shape[1], x.shape[1]), dtype=bool))
    turned = attend(v, "s.temporal", jnp.swapaxes(norm("temporalNorm", y), 1, 2), mask=past)
    return {"y": y + jnp.swapaxes(turned, 1, 2)}


case(
    "spatialTemporalAttention",
    {
        "x": (1, 3, 2, 4),
        **kernels("s.spatial", 4),
        **kernels("s.temporal", 4),
        **{f"s.{norm}.{part}": (4,) for norm in ("spatialNorm", "temporalNorm") for part in ("scale", "bias")},
    },
    spatial_temporal,
)

# Recurrence


def blocks_of(values, name, count):
    kernel = jnp.split(values[f"{name}.kernel"], count, axis=-1)
    bias = jnp.split(values[f"{name}.bias"], count) if f"{name}.bias" in values else [None] * count
    return [{"kernel": k, **({} if b is None else {"bias": b})} for k, b in zip(kernel, bias)]


def gru(v):
    ir, iz, in_ = blocks_of(v, "g.input", 3)
    hr, hz = blocks_of(v, "g.hidden", 2)
    cell = {"ir": ir, "iz": iz, "in": in_, "hr": hr, "hz": hz, "hn": dense(v, "g.candidate")}
    state, outputs = nn.RNN(nn.GRUCell(3)).apply(
        {"params": {"cell": cell}}, v["x"], initial_carry=v["h"], return_carry=True
    )
    return {"outputs": outputs, "state": state}


case(
    "gru",
    {
        "x": (2, 4, 2),
        "h": (2, 3),
        "g.input.kernel": (2, 9),
        "g.input.bias": (9,),
        "g.hidden.kernel": (3, 6),
        "g.candidate.kernel": (3, 3),
        "g.candidate.bias": (3,),
    },
    gru,
)


def lstm(v):
    inputs = blocks_of(v, "l.input", 4)
    hidden = blocks_of(v, "l.hidden", 4)
    # Flax keeps the kernel of the inputs without bias and that of the state with it.
    cell = {}
    for gate, i, h in zip("ifgo", inputs, hidden):
        cell[f"i{gate}"] = {"kernel": i["kernel"]}
        cell[f"h{gate}"] = {"kernel": h["kernel"], "bias": i["bias"]}
    (c, h), outputs = nn.RNN(nn.OptimizedLSTMCell(3)).apply(
        {"params": {"cell": cell}}, v["x"], initial_carry=(v["c"], v["h"]), return_carry=True
    )
    return {"outputs": outputs, "hidden": h, "cell": c}


case(
    "lstm",
    {
        "x": (2, 3, 2),
        "h": (2, 3),
        "c": (2, 3),
        "l.input.kernel": (2, 12),
        "l.input.bias": (12,),
        "l.hidden.kernel": (3, 12),
    },
    lstm,
)

# Conditioning: DiT's modulate and FiLM's equations around Flax's Dense and LayerNorm


def film(v):
    gamma, beta = jnp.split(flax(nn.Dense(6), dense(v, "f.modulation"), v["condition"]), 2, axis=-1)
    return {"y": to_first(to_last(v["x"]) * (1 + gamma[:, None, None]) + beta[:, None, None])}


case(
    "film",
    {"x": (2, 3, 2, 2), "condition": (2, 2), "f.modulation.kernel": (2, 6), "f.modulation.bias": (6,)},
    film,
)


def adaptive_residual(v, axes):
    shift, scale, gate = jnp.split(
        jnp.expand_dims(flax(nn.Dense(9), dense(v, "d.norm.modulation"), nn.silu(v["condition"])), axes), 3, axis=-1
    )
    norm = nn.LayerNorm(epsilon=1e-6, use_bias=False, use_scale=False, use_fast_variance=False)
    y = norm.apply({}, v["x"]) * (1 + scale) + shift
    return {"y": v["x"] + gate * flax(nn.Dense(3), dense(v, "d.inner"), y)}


inner = {"d.inner.kernel": (3, 3), "d.inner.bias": (3,)}
modulation = {"d.norm.modulation.kernel": (2, 9), "d.norm.modulation.bias": (9,)}
case(
    "adaptiveResidual",
    {"x": (2, 4, 3), "condition": (2, 2), **modulation, **inner},
    lambda v: adaptive_residual(v, (1,)),
)
case(
    "adaptiveResidual, a condition a frame",
    {"x": (2, 2, 2, 3), "condition": (2, 2, 2), **modulation, **inner},
    lambda v: adaptive_residual(v, (2,)),
)

# Graphs


def message_passing(v):
    def network(name, x):
        hidden = jnp.tanh(flax(nn.Dense(3), dense(v, f"{name}.0"), x))
        return flax(nn.Dense(v[f"{name}.1.bias"].size), dense(v, f"{name}.1"), hidden)

    def one(nodes, edges, weights):
        ends = [nodes[v["senders"]], nodes[v["receivers"]]]
        messages = network("p.message", jnp.concatenate([*ends, edges], -1)) * weights[:, None]
        arrived = jax.ops.segment_sum(messages, v["receivers"], num_segments=nodes.shape[0])
        return nodes + network("p.update", jnp.concatenate([nodes, arrived], -1))

    return {"y": jax.vmap(one)(v["nodes"], v["edges"], v["weights"])}


case(
    "messagePassing",
    {
        "nodes": (2, 4, 3),
        "edges": (2, 5, 2),
        "weights": (2, 5),
        "p.message.0.kernel": (8, 3),
        "p.message.0.bias": (3,),
        "p.message.1.kernel": (3, 2),
        "p.message.1.bias": (2,),
        "p.update.0.kernel": (5, 3),
        "p.update.0.bias": (3,),
        "p.update.1.kernel": (3, 3),
        "p.update.1.bias": (3,),
    },
    message_passing,
    integers={"senders": [0, 1, 3, 3, 2], "receivers": [1, 3, 1, 0, 1]},
)

# Initialisers, from jax.random.PRNGKey(42) in float32, as the library draws

init = jax.nn.initializers
convolutional = {"in_axis": 1, "out_axis": 0}
key = jax.random.PRNGKey(42)
initialisers = {
    "glorotUniform": (init.glorot_uniform(), (3, 5)),
    "glorotUniform, convolution": (init.glorot_uniform(**convolutional), (4, 3, 2, 2)),
    "heUniform": (init.he_uniform(), (3, 5)),
    "lecunUniform": (init.lecun_uniform(), (3, 5)),
    "uniform": (lambda k, s, d: jax.random.uniform(k, s, d, -0.25, 0.25), (3, 5)),
    "truncatedNormal": (init.truncated_normal(0.02), (3, 5)),
    "glorotNormal": (init.variance_scaling(1, "fan_avg", "normal"), (3, 5)),
    "heNormal": (init.variance_scaling(2, "fan_in", "normal"), (3, 5)),
    "lecunNormal": (init.variance_scaling(1, "fan_in", "normal"), (3, 5)),
    "orthogonal, tall": (init.orthogonal(), (5, 3)),
    "orthogonal, wide": (init.orthogonal(), (3, 5)),
    "orthogonal, gain": (init.orthogonal(2.0), (2, 2, 3)),
}
initialisers = {
    name: {"shape": list(shape), "values": rounded(initialiser(key, shape, jnp.float32))}
    for name, (initialiser, shape) in initialisers.items()
}

# Optimizers: parameters after each of six updates with learning rate 0.01, in float64


def updates(transformation):
    parameters = {"a.kernel": jnp.asarray(wave(6, 0).reshape(2, 3)), "a.bias": jnp.asarray(wave(3, 1))}
    state = transformation.init(parameters)
    steps = []
    for t in range(1, 7):
        gradients = {"a.kernel": wave(6, 2 * t).reshape(2, 3), "a.bias": wave(3, 2 * t + 1)}
        change, state = transformation.update(jax.tree.map(jnp.asarray, gradients), state, parameters)
        parameters = optax.apply_updates(parameters, change)
        steps.append({name: rounded(value) for name, value in parameters.items()})
    return steps


only_kernels = {"a.kernel": True, "a.bias": False}
optimizers = {
    "adam": optax.adam(0.01),
    "adam, beta1 0.8, beta2 0.95, epsilon 1e-3": optax.adam(0.01, b1=0.8, b2=0.95, eps=1e-3),
    "adamW, weightDecay 0.1": optax.adamw(0.01, weight_decay=0.1, mask=only_kernels),
    "sgd": optax.sgd(0.01),
    "sgd, momentum 0.9": optax.sgd(0.01, momentum=0.9),
    "sgd, momentum 0.9, nesterov": optax.sgd(0.01, momentum=0.9, nesterov=True),
    "rmsProp": optax.rmsprop(0.01, decay=0.99, eps=1e-8, eps_in_sqrt=False),
    "rmsProp, decay 0.9, momentum 0.8": optax.rmsprop(0.01, decay=0.9, eps=1e-8, eps_in_sqrt=False, momentum=0.8),
    "rmsProp, centred": optax.rmsprop(0.01, decay=0.9, eps=1e-3, eps_in_sqrt=False, centered=True),
    "clipped sgd": optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.01)),
}
optimizers = {name: updates(transformation) for name, transformation in optimizers.items()}

# Schedules at the steps 0 to 40. Optax counts the updates that were made: its step 0 is before the first.

steps = 40
falling = optax.schedules.linear_schedule(2.0, 0.2, 10)
schedules = {
    "cosine": optax.schedules.warmup_cosine_decay_schedule(0.0, 2.0, 8, steps, 0.2),
    "cosine, no warm-up": optax.schedules.cosine_decay_schedule(2.0, steps),
    "wsd": optax.schedules.join_schedules(
        [optax.schedules.linear_schedule(0.0, 2.0, 8), optax.schedules.constant_schedule(2.0), falling], [8, 30]
    ),
    "constant": optax.schedules.join_schedules(
        [optax.schedules.linear_schedule(0.0, 2.0, 8), optax.schedules.constant_schedule(2.0)], [8]
    ),
}
schedules = {name: rounded([schedule(step) for step in range(steps + 1)]) for name, schedule in schedules.items()}

# Moving average of weights, with the decay that rises with the step

averages = []
average = jnp.asarray(wave(3, 0))
for t in range(1, 6):
    decay = min(0.6, (1 + t) / (10 + t))
    average = optax.incremental_update(jnp.asarray(wave(3, t)), average, step_size=1 - decay)
    averages.append(rounded(average))

reference = {
    "layers": layers,
    "initialisers": initialisers,
    "optimizers": optimizers,
    "schedules": schedules,
    "movingAverage": averages,
}
lines = []
for section, entries in reference.items():
    if isinstance(entries, list):
        lines.append(f" {json.dumps(section)}: {json.dumps(entries, separators=(',', ':'))}")
        continue
    rows = [f"  {json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in entries.items()]
    lines.append(f" {json.dumps(section)}: {{\n" + ",\n".join(rows) + "\n }")
Path(__file__).with_name("layers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
