"""For tests: runs modules on XLA's CPU back end, through what the runner compiles with.

    python execute.py <runner's folder> <devices> < jobs.json

A job is {mlir, mesh: {axis: devices}, feeds: [{dtype, shape, base64, sharding}], shardings} and answers
[{dtype, shape, base64}], its results.
"""
import base64, json, os, sys

sys.path.insert(0, sys.argv[1])
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={sys.argv[2]}"
import jax
import ml_dtypes
import numpy as np
from run import compile_module
from jax.sharding import Mesh, NamedSharding, PartitionSpec

jax.config.update("jax_enable_x64", True)
DTYPES = {"f32": "f4", "f64": "f8", "f16": "f2", "bf16": ml_dtypes.bfloat16, "i32": "i4", "u32": "u4", "u8": "u1", "bool": "?"}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
devices = jax.devices()


def answer(job):
    sizes = job["mesh"]
    count = int(np.prod(list(sizes.values()), dtype=int))
    mesh = Mesh(np.array(devices[:count]).reshape(list(sizes.values())), tuple(sizes))
    lies = lambda sharding: NamedSharding(mesh, PartitionSpec(*(tuple(axes) or None for axes in sharding)))

    def put(feed):
        values = np.frombuffer(base64.b64decode(feed["base64"]), np.dtype(DTYPES[feed["dtype"]]))
        return jax.device_put(values.reshape(feed["shape"]), lies(feed["sharding"]))

    executable = compile_module(jax, job["mlir"], list(mesh.devices.flat))
    parts = executable.execute_sharded([put(feed) for feed in job["feeds"]]).disassemble_into_single_device_arrays()
    results = []
    for own, sharding in zip(parts, job["shardings"]):
        # A dimension has as many parts as its axes have devices.
        shape = [n * int(np.prod([sizes[axis] for axis in axes], dtype=int)) for n, axes in zip(own[0].shape, sharding)]
        whole = jax.make_array_from_single_device_arrays(tuple(shape or own[0].shape), lies(sharding), own)
        results.append({"dtype": NAMES[np.dtype(whole.dtype)], "shape": list(whole.shape),
                        "base64": base64.b64encode(np.asarray(whole).tobytes()).decode()})
    return results


json.dump([answer(job) for job in json.load(sys.stdin)], sys.stdout)
