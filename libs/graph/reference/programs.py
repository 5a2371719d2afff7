"""What JAX 0.10.2 computes for the programs that programs.ts draws, in float64: their outputs, and for those without
kinks (where conventions differ) the gradients of sum(tanh(output) * wave) over all outputs.

Pinned: Python 3.11, jax 0.10.2. In an environment of its own: pip install jax==0.10.2, then
    node programs.ts | python programs.py > programs.json
"""
import json, sys
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

jax.config.update("jax_enable_x64", True)
DTYPES = {"f64": jnp.float64, "f32": jnp.float32, "i32": jnp.int32, "u8": jnp.uint8, "bool": jnp.bool_}


def reduce(f):
    return lambda a, x: f(x, axis=tuple(a["axes"]))


def scatter_add(a, indices, updates):
    axis, n = a["axis"], indices.ndim
    shape = updates.shape[:axis] + (a["size"],) + updates.shape[axis + n:]
    return jnp.zeros(shape, updates.dtype).at[(slice(None),) * axis + (indices,)].add(updates)


UNARY = {"neg": jnp.negative, "exp": jnp.exp, "log": jnp.log, "sqrt": jnp.sqrt, "tanh": jnp.tanh,
         "sigmoid": jax.nn.sigmoid, "sin": jnp.sin, "cos": jnp.cos, "abs": jnp.abs, "sign": jnp.sign,
         "floor": jnp.floor, "not": jnp.logical_not, "stopGradient": lax.stop_gradient}
BINARY = {"add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "div": jnp.divide, "pow": jnp.power,
          "max": jnp.maximum, "min": jnp.minimum, "equal": jnp.equal, "less": jnp.less, "lessEqual": jnp.less_equal,
          "and": jnp.logical_and, "or": jnp.logical_or}
OPS = {name: (lambda f: lambda a, *x: f(*x))(f) for name, f in {**UNARY, **BINARY}.items()} | {
    "select": lambda a, c, x, y: jnp.where(c, x, y),
    "cast": lambda a, x: x.astype(DTYPES[a["dtype"]]),
    "reshape": lambda a, x: x.reshape(a["shape"]),
    "transpose": lambda a, x: x.transpose(a["permutation"]),
    "broadcast": lambda a, x: jnp.broadcast_to(x, a["shape"]),
    "concat": lambda a, *x: jnp.concatenate(x, a["axis"]),
    "slice": lambda a, x: lax.slice(x, a["start"], a["limit"], a["stride"]),
    "pad": lambda a, x: lax.pad(x, jnp.zeros((), x.dtype), list(zip(a["low"], a["high"], a["interior"]))),
    "reverse": lambda a, x: lax.rev(x, a["axes"]),
    "reduceSum": reduce(jnp.sum), "reduceMax": reduce(jnp.max),
    "matmul": lambda a, x, y: x @ y,
    "conv2d": lambda a, x, k: lax.conv_general_dilated(x, k, a["stride"], a["padding"], rhs_dilation=a["dilation"]),
    "gather": lambda a, x, i: jnp.take(x, i, a["axis"]),
    "scatterAdd": scatter_add,
}


def run(program, feeds):
    values = []
    for node in program["nodes"]:
        a, shape, dtype = node["attributes"], node["shape"], DTYPES[node["dtype"]]
        if node["op"] == "input":
            value = feeds[a["name"]].reshape(shape)
        elif node["op"] == "constant":
            value = jnp.broadcast_to(jnp.array(a["value"], dtype).reshape(shape if len(a["value"]) > 1 else ()), shape)
        else:
            value = OPS[node["op"]](a, *[values[i] for i in node["inputs"]])
        assert value.shape == tuple(shape), (node, value.shape)
        values.append(value)
    return [values[i] for i in program["outputs"]]


def loss(feeds, program):
    outputs = run(program, feeds)
    wave = lambda x, k: jnp.sin(1 + 2.399963 * jnp.arange(x.size) + 7.1 * k).reshape(x.shape)
    return sum(jnp.sum(jnp.tanh(x) * wave(x, k)) for k, x in enumerate(outputs))


results = []
for program in json.load(sys.stdin):
    feeds = {name: jnp.array(values, jnp.float64) for name, values in program["feeds"].items()}
    flat = lambda x: [float(v) for v in np.asarray(x, np.float64).ravel()]
    program["values"] = [flat(x) for x in run(program, feeds)]
    if not program["kinks"]:
        program["gradients"] = {name: flat(x) for name, x in jax.grad(loss)(feeds, program).items()}
    results.append(program)
json.dump(results, sys.stdout, separators=(",", ":"))
