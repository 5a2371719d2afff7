"""For tests: what XLA's partitioner made of a bundle's update.

    python collectives.py <bundle> <devices> <mesh>

Prints {all-gather: n, all-reduce: n, ..., dots: [[shape of a product on one device], ...]}.
"""
import collections, json, os, re, sys

bundle, devices, mesh = sys.argv[1:]
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
sys.path.insert(0, bundle)
import jax
from run import compile_module, parse_mesh, with_mesh

with open(f"{bundle}/train.mlir") as file:
    text = with_mesh(file.read(), parse_mesh(mesh, int(devices)), True)
hlo = compile_module(jax, text, jax.devices()).hlo_modules()[0].to_string()
kinds = re.findall(r" (all-gather|all-reduce|reduce-scatter|all-to-all|collective-permute)(?:-start)?\(", hlo)
dots = re.findall(r"= f32\[([\d,]*)\]\S* dot\(", hlo)
print(json.dumps({**collections.Counter(kinds), "dots": [[int(n) for n in shape.split(",")] for shape in dots if shape]}))
