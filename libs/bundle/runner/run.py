#!/usr/bin/env python3
"""Trains what is in a bundle of Orrery: the same file on CPU, CUDA and Neuron, on one device or over many processes.

    python run.py <bundle> --data <dataset folder> --out <run folder>

The bundle holds the update as StableHLO; this file feeds it clips and noise in the order of local training (Threefry keys,
the same as JAX's and Orrery's), so that losses can be compared, and writes a run folder that Orrery reads. Needs JAX 0.7 or
newer, NumPy, zarr 3 and safetensors (requirements.txt). It has run on CPUs; it has not run on Trainium.
"""
import argparse, concurrent.futures, datetime, functools, hashlib, json, math, os, platform, re, signal, sys, time
from pathlib import Path

AXES = ("data", "fsdp", "sequence", "tensor")  # the last varies fastest: neighbours share the most traffic


class Failure(Exception):
    """What the user can mend: printed as one line."""


# --- Random numbers: Salmon et al. (2011), Threefry-2x32 with 20 rounds; keys as in jax.random ---------------------------

def threefry(key, high, low):
    """[n] u32 counters -> two [n] u32 words."""
    import numpy as np
    k0, k1 = (np.uint32(word) for word in key)
    keys = (k0, k1, k0 ^ k1 ^ np.uint32(0x1BD11BDA))
    with np.errstate(over="ignore"):
        a, b = np.uint32(high) + keys[0], np.uint32(low) + keys[1]
        for group in range(5):
            for turn in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
                a = a + b
                b = ((b << np.uint32(turn)) | (b >> np.uint32(32 - turn))) ^ a
            a = a + keys[(group + 1) % 3]
            b = b + keys[(group + 2) % 3] + np.uint32(group + 1)
    return a, b


def fold_in(key, data):
    """jax.random.fold_in"""
    import numpy as np
    a, b = threefry(key, np.zeros(1, np.uint32), np.array([data & 0xFFFFFFFF], np.uint32))
    return int(a[0]), int(b[0])


def bits(key, start, count):
    """Words start to start + count of jax.random.bits."""
    import numpy as np
    places = np.arange(start, start + count, dtype=np.uint64)
    a, b = threefry(key, (places >> np.uint64(32)).astype(np.uint32), (places & np.uint64(0xFFFFFFFF)).astype(np.uint32))
    return a ^ b


def uniform(key, start, count, low=0.0, high=1.0):
    import numpy as np
    unit = ((bits(key, start, count) >> np.uint32(9)) | np.uint32(0x3F800000)).view(np.float32) - np.float32(1)
    span = np.float32(np.float64(high) - np.float64(low))
    return np.maximum(low, (unit * span).astype(np.float64) + low).astype(np.float32)


def normal(key, start, count):
    """Standard normals: Giles (2012), "Approximating the erfinv function", table 5."""
    import numpy as np
    x = uniform(key, start, count, -0.99999994, 1.0).astype(np.float64)
    w = -np.log((1 - x) * (1 + x))
    central = np.polyval((2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
                          -0.00417768164, 0.246640727, 1.50140941), w - 2.5)
    tail = np.polyval((-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
                       0.00943887047, 1.00167406, 2.83297682), np.sqrt(w) - 3)
    return (math.sqrt(2) * x * np.where(w < 5, central, tail)).astype(np.float32)


DRAWS = {"normal": normal, "uniform": uniform}


def permutation(key, count):
    """0 to count - 1, shuffled as local training does (Fisher and Yates)."""
    order = list(range(count))
    words = bits(key, 0, count).tolist()
    for i in range(count - 1, 0, -1):
        j = words[i] * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return order


def subset(key, count, size):
    """size of the numbers 0 to count - 1, each subset as likely: the first swaps of a shuffle."""
    words, moved, picked = bits(key, 0, size).tolist(), {}, []
    for i in range(size):
        j = i + (words[i] * (count - i) >> 32)
        picked.append(moved.get(j, j))
        moved[j] = moved.get(i, i)
    return picked


# --- Data -----------------------------------------------------------------------------------------------------------------

KINDS = ("sphere", "box", "capsule", "plane")


class Clips:
    """
    The clips of a dataset by their position in the order of training: frames u8 [T, H, W, C], or states f32 [T, N, 13] with
    bodies [N, 12]; and actions f32 [T, A] where something acts.
    """

    def __init__(self, folder, io, run):
        import warnings
        import zarr
        warnings.filterwarnings("ignore", message=".*episodes.jsonl")
        root = Path(folder)
        if not (root / "zarr.json").exists():
            raise Failure(f'dataset "{folder}": not found; name a folder that "orrery generate" made')
        group = zarr.open_group(str(root), mode="r")
        checksum = group.attrs.get("checksums", {}).get("dataset")
        if checksum != run["dataset"]["checksum"]:
            raise Failure(f'dataset "{folder}": checksum {checksum} is not that of the bundle, '
                          f'{run["dataset"]["checksum"]}; give the dataset that it was exported for')
        self.group, self.lines = group, root / "episodes.jsonl"
        self.look = self.states if run["world"].get("sees") == "states" else self.frames
        self.action = group["action"] if run["world"]["actions"] > 0 else None
        self.clips, self.key = io["clips"], io["keys"]["order"]
        self.starts = self.clips["datasetFrames"] - self.clips["frames"] + 1
        self.length = self.clips["episodes"]["count"] * self.starts
        self.epoch, self.order = None, []

    def place(self, position):
        """-> (episode, first frame)"""
        epoch = position // self.length
        if epoch != self.epoch:
            self.epoch, self.order = epoch, permutation(fold_in(self.key, epoch), self.length)
        index = self.order[position % self.length]
        return self.clips["episodes"]["start"] + index // self.starts, index % self.starts

    def read(self, episode, start):
        clip = self.look(episode, start, start + self.clips["frames"])
        if self.action is not None:
            clip["actions"] = self.action[episode, start:start + self.clips["frames"]].astype("float32")
            clip["actions"][-1] = 0  # leads out of the clip
        return clip

    def frames(self, episode, start, end):
        return {"clips": self.group["rgb"][episode, start:end]}

    def states(self, episode, start, end):
        motion, bodies = self.whole_episode(episode)
        return {"clips": motion[start:end], "bodies": bodies}

    @functools.lru_cache(maxsize=4096)  # states are small, and read from many times
    def whole_episode(self, episode):
        """-> motion [T, N, 13]: position, quaternion, velocity, spin; and what each body is [N, 12]"""
        import numpy as np
        parts = ("position", "quaternion", "velocity", "angular_velocity")
        motion = np.concatenate([self.group[name][episode] for name in parts], axis=-1).astype("float32")
        rows = [[*(float(body["shape"]["kind"] == kind) for kind in KINDS), *size, body["mass"], body["material"]["restitution"],
                 body["material"]["friction"], body["charge"], float(body["collides"])]
                for body, size in zip(self.scenes[episode]["bodies"], self.group["size"][episode].tolist())]
        return motion, np.array(rows, "float32")

    @functools.cached_property
    def scenes(self):
        return [json.loads(line)["scene"] for line in self.lines.read_text().splitlines()]


class Samples:
    """The samples of a bundle that brings its data, by their position in the order of training: libs/train/src/samples.ts."""

    def __init__(self, bundle, io, run):
        from safetensors.numpy import load_file
        self.arrays = load_file(bundle / "samples.safetensors")
        self.length, self.kind = io["samples"]["count"], io["samples"]["order"]
        self.key, self.batch = io["keys"]["order"], run["training"]["batch"]
        self.drawn, self.order = None, []

    def place(self, position):
        """-> (index of a sample,)"""
        if self.kind == "all":
            return (position % self.length,)
        size = self.batch if self.kind == "draws" else self.length
        number, at = divmod(position, size)  # of the batch, or of the epoch
        if number != self.drawn:
            draw = subset if self.kind == "draws" else lambda key, count, _: permutation(key, count)
            self.drawn, self.order = number, draw(fold_in(self.key, number), self.length, size)
        return (self.order[at],)

    def read(self, index):
        return {name: values[index] for name, values in self.arrays.items()}


# --- Devices --------------------------------------------------------------------------------------------------------------

def start_jax(options):
    """Imports JAX for the platform that is asked for, and joins the other processes."""
    if options.target:
        # Neuron's plugin then compiles on machines that have none of its devices.
        os.environ.setdefault("NEURON_FORCE_PJRT_PLUGIN_REGISTRATION", "1")
        os.environ.setdefault("NEURON_PLATFORM_TARGET_OVERRIDE", options.target)
    if options.target or options.platform:
        os.environ["JAX_PLATFORMS"] = "neuron" if options.target else options.platform
    if options.cache:
        os.environ.setdefault("NEURON_COMPILE_CACHE_URL", options.cache)
    if options.cpu_devices:
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_force_host_platform_device_count={options.cpu_devices}".strip()
    import jax
    if options.processes > 1:
        if options.platform == "cpu":
            jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(options.coordinator, options.processes, options.process)
    return jax


def agree(options, name, decide):
    """What process 0 decides, in all processes: they may not see the same files at the same time. JSON."""
    if options.processes == 1:
        return decide()
    from jax._src.distributed import global_state
    if options.process == 0:
        global_state.client.key_value_set(f"orrery/{name}", json.dumps(decide()))
    # Process 0 may read for long; when it is gone, the coordination service ends the others.
    return json.loads(global_state.client.blocking_key_value_get(f"orrery/{name}", 3_600_000))


def find_devices(jax, options):
    try:
        return jax.devices()
    except RuntimeError as error:
        where = f"--target {options.target}" if options.target else f"--platform {options.platform}"
        reason = str(error).split("\n")[0]
        raise Failure(f"{where}: JAX finds no device ({reason}); install what requirements.txt says, or choose another")


def parse_mesh(text, count):
    sizes = {axis: 1 for axis in AXES}
    for part in (text or f"data={count}").split(","):
        axis, _, size = part.partition("=")
        if axis not in sizes or not size.isdigit() or int(size) < 1:
            raise Failure(f'--mesh {text}: "{part}" is no axis; write such as data=2,fsdp=2,sequence=2,tensor=2')
        sizes[axis] = int(size)
    if math.prod(sizes.values()) != count:
        raise Failure(f"--mesh {text}: {math.prod(sizes.values())} devices, but there are {count}; make them agree")
    return sizes


def with_mesh(text, sizes, donate):
    """The module for another mesh than it was written for: its annotations name axes, which one line sizes."""
    extents = ", ".join(f'"{axis}"={sizes[axis]}' for axis in AXES)
    text, found = re.subn(r"sdy\.mesh @mesh = <\[[^\]]*\]>", f"sdy.mesh @mesh = <[{extents}]>", text, count=1)
    if not found and math.prod(sizes.values()) > 1:
        raise Failure("this program was exported for one device; export it again, or use one")
    if sizes["sequence"] > 1 and not re.search(r'sdy\.sharding_constraint .*"sequence"', text):
        raise Failure(f'--mesh sequence={sizes["sequence"]}: this bundle cuts no axis of tokens; use the other axes, '
                      f'or export for it where the model has one that divides')
    text = re.sub(r"mhlo\.num_partitions = \d+", f"mhlo.num_partitions = {math.prod(sizes.values())}", text, count=1)
    return text if donate else re.sub(r", tf\.aliasing_output = \d+ : i32| \{tf\.aliasing_output = \d+ : i32\}", "", text)


def check_divides(entries, sizes):
    for entry in entries:
        for i, axes in enumerate(entry["sharding"]):
            parts = math.prod(sizes[axis] for axis in axes)
            if entry["shape"][i] % parts:
                raise Failure(f'array "{entry["name"]}" {entry["shape"]}: dimension {i} is no multiple of {parts} '
                              f'({" x ".join(axes)}); choose another --mesh, or export for this one')


def cache_key(jax, text, backend, devices):
    """SHA-256 of all that decides an executable. Compiler flags are as JAX read them: those of the environment."""
    versions = (jax.__version__, jax.lib.__version__, backend.platform, backend.platform_version)
    flags = [os.environ.get(name) for name in ("XLA_FLAGS", "NEURON_CC_FLAGS")]
    place = ([device.id for device in devices], devices[0].device_kind, jax.process_index())
    # Code for a CPU uses the instructions of that CPU, of which its kind says nothing.
    host = machine_instructions() if backend.platform == "cpu" else None
    return hashlib.sha256(repr((text, versions, flags, place, host)).encode()).hexdigest()


def machine_instructions():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return platform.machine(), next((line for line in lines if line.startswith(("flags", "Features"))), None)


def compile_module(jax, text, devices, cache=None):
    """
    StableHLO text -> a loaded executable over the devices, in JAX from 0.7 on.
    cache: folder of executables of earlier compilations, by all that decides them; Neuron's compiler has one of its own
    """
    import numpy as np
    from jax.extend.backend import get_backend
    try:
        from jax._src.lib import xla_client
    except ImportError:  # where it was before
        from jax.lib import xla_client
    backend = get_backend()
    options = xla_client.CompileOptions()
    build = options.executable_build_options
    build.num_replicas, build.num_partitions = 1, len(devices)
    build.use_spmd_partitioning = len(devices) > 1
    if hasattr(build, "use_shardy_partitioner"):
        build.use_shardy_partitioner = "sdy.mesh" in text
    ids = [device.id for device in devices]
    build.device_assignment = xla_client.DeviceAssignment.create(np.array([ids]))
    chosen = xla_client.DeviceList(tuple(devices))
    entry = None
    if cache and backend.platform != "neuron":
        entry = Path(cache) / f"{cache_key(jax, text, backend, devices)}.xla"
        if entry.exists():
            try:
                return backend.deserialize_executable(entry.read_bytes(), chosen, options)
            except Exception as error:  # of another machine, or damaged: a cache may be wrong, never in the way
                print(f"cache: {entry}: {error}; compiling anew", file=sys.stderr)
    if hasattr(backend, "compile_and_load"):
        executable = backend.compile_and_load(text, chosen, options)
    else:
        try:
            executable = backend.compile(text, chosen, options)
        except TypeError:
            executable = backend.compile(text, options)
    if entry:
        try:
            entry.parent.mkdir(parents=True, exist_ok=True)
            write_whole(entry, backend.serialize_executable(executable))
        except OSError as error:
            raise Failure(f"--cache {cache}: {error.strerror}; give a folder that can be written")
    return executable


class Step:
    """A program of the bundle, compiled: takes and returns arrays by name."""

    def __init__(self, jax, folder, program, mesh, sizes, options):
        from jax.sharding import NamedSharding, PartitionSpec
        check_divides(program["inputs"] + program["outputs"], sizes)
        text = (Path(folder) / program["file"]).read_text()
        if hashlib.sha256(text.encode()).hexdigest() != program["sha256"]:
            raise Failure(f'{program["file"]}: its bytes are not those that were exported; export the bundle again')
        self.jax, self.inputs, self.outputs = jax, program["inputs"], program["outputs"]
        module = with_mesh(text, sizes, options.donate)
        self.executable = compile_module(jax, module, list(mesh.devices.flat), options.cache)
        lies = lambda entry: NamedSharding(mesh, PartitionSpec(*(tuple(axes) or None for axes in entry["sharding"])))
        self.shardings = {entry["name"]: lies(entry) for entry in self.inputs}
        self.results = [(entry["name"], tuple(entry["shape"]), lies(entry)) for entry in self.outputs]

    def put(self, name, shape, read):
        """@param read of a tuple of slices -> their values"""
        return self.jax.make_array_from_callback(tuple(shape), self.shardings[name], read)

    def __call__(self, arrays):
        run = self.executable.execute_sharded([arrays[entry["name"]] for entry in self.inputs])
        parts = run.disassemble_into_single_device_arrays()
        assemble = self.jax.make_array_from_single_device_arrays
        return {name: assemble(shape, sharding, own) for (name, shape, sharding), own in zip(self.results, parts)}


# --- Files ----------------------------------------------------------------------------------------------------------------

def write_whole(path, data):
    """Whole or not at all, also when the machine stops."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def read_json(path):
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise Failure(f"{path}: not found; give the folder of a bundle")
    except ValueError:
        raise Failure(f"{path}: damaged; restore it")


class Checkpoints:
    """checkpoints/step-00000500.json, last, beside the arrays: one file, or one a process with the slices that it holds."""

    def __init__(self, folder, io, run, process, processes):
        self.folder = Path(folder) / "checkpoints"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.io, self.run, self.process, self.processes = io, run, process, processes

    def steps(self):
        found = (re.fullmatch(r"step-(\d{8})\.json", path.name) for path in self.folder.iterdir())
        return sorted(int(match[1]) for match in found if match)

    def best(self):
        """The step with the lowest validation loss; the newest where none was validated."""
        loss = lambda step: read_json(self.folder / f"step-{step:08}.json").get("validationLoss", math.inf)
        return min(self.steps(), key=lambda step: (loss(step), -step))

    def prune(self):
        """All but the last ones and the best, and what was interrupted; the JSON goes first."""
        steps = self.steps()
        best = [self.best()] if steps else []
        kept = {f"step-{step:08}" for step in [*steps[-self.run["training"]["keep"]:], *best]}
        for path in sorted(self.folder.iterdir(), key=lambda path: path.suffix != ".json"):
            if path.name[:13] not in kept:
                path.unlink(missing_ok=True)

    def write(self, step, state, length, loss=None):
        from safetensors.numpy import save
        import numpy as np
        name = f"step-{step:08}"
        position = step * self.run["training"]["batch"]
        info = {"format": "orrery.checkpoint", "version": 1, "step": step, "seed": self.run["training"]["seed"],
                "cursor": {"epoch": position // length, "position": position % length}, "config": self.io["config"]}
        if loss is not None:
            info["validationLoss"] = loss
        if self.processes == 1:
            data = save({key: np.asarray(value) for key, value in state.items()}, {"format": "orrery", "step": str(step)})
            write_whole(self.folder / f"{name}.safetensors", data)
            info["sha256"] = hashlib.sha256(data).hexdigest()
        else:
            info["parts"] = self.write_part(name, state)
        if self.process == 0:
            write_whole(self.folder / f"{name}.json", (json.dumps(info, indent=2) + "\n").encode())
            self.prune()

    def write_part(self, name, state):
        """What this process alone has of the state; process 0 waits for the others, and returns the list of all."""
        from safetensors.numpy import save
        import numpy as np
        arrays, slices = {}, {}
        for key, value in state.items():
            for shard in value.addressable_shards:
                if shard.replica_id != 0:
                    continue
                part = f"{key}@{len(arrays)}"
                arrays[part] = np.ascontiguousarray(np.asarray(shard.data))
                slices[part] = {"name": key, "shape": list(value.shape), "start": [s.start or 0 for s in shard.index]}
        file = lambda process: f"{name}.part-{process:05}-of-{self.processes:05}.safetensors"
        data = save(arrays, {"format": "orrery", "slices": json.dumps(slices)})
        write_whole(self.folder / file(self.process), data)
        write_whole(self.folder / f"{file(self.process)}.sha256", hashlib.sha256(data).hexdigest().encode())
        if self.process != 0:
            return None
        marks = [self.folder / f"{file(process)}.sha256" for process in range(self.processes)]
        deadline = time.monotonic() + 600
        while not all(mark.exists() for mark in marks):
            if time.monotonic() > deadline:
                raise Failure(f"checkpoint {name}: another process wrote none of it; --out must be a shared folder")
            time.sleep(0.05)
        parts = [{"file": file(process), "sha256": mark.read_text()} for process, mark in enumerate(marks)]
        for mark in marks:
            mark.unlink()
        return parts

    def missing(self, step):
        """The first file of a checkpoint that is not to be seen from here."""
        info = self.folder / f"step-{step:08}.json"
        if not info.exists():
            return info
        parts = read_json(info).get("parts") or [{"file": f"{info.stem}.safetensors"}]
        return next((self.folder / part["file"] for part in parts if not (self.folder / part["file"]).exists()), None)

    def await_files(self, step, seconds):
        """Of a checkpoint that process 0 continues from: a shared folder may lag, NFS by a minute."""
        deadline = time.monotonic() + seconds
        while missing := self.missing(step):
            if time.monotonic() > deadline:
                raise Failure(f"checkpoint {step}: process {self.process} of {self.processes} sees no {missing}; "
                              "--out must be one folder that all of them share")
            time.sleep(0.2)

    def read(self, step):
        """-> Arrays of the checkpoint"""
        self.await_files(step, 0 if self.process == 0 else 90)
        info = read_json(self.folder / f"step-{step:08}.json")
        if info["config"] != self.io["config"]:
            raise Failure(f"checkpoint {step} in {self.folder}: of other settings than the bundle; use another --out, or --fresh")
        parts = info.get("parts") or [{"file": f"step-{step:08}.safetensors", "sha256": info["sha256"]}]
        for part in parts[self.process % len(parts)::self.processes]:  # together, the processes check all
            if file_sha256(self.folder / part["file"]) != part["sha256"]:
                raise Failure(f'checkpoint {part["file"]}: its bytes are not those that were written; delete it and its .json')
        return Arrays([self.folder / part["file"] for part in parts])


class Arrays:
    """Arrays in safetensors files, whole or in slices; only what is asked for is read."""

    def __init__(self, paths):
        from safetensors import safe_open
        self.pieces = {}
        for path in paths:
            file = safe_open(str(path), framework="np")
            slices = json.loads((file.metadata() or {}).get("slices", "{}"))
            for key in file.keys():
                shape = file.get_slice(key).get_shape()
                own = slices.get(key, {"name": key, "start": [0] * len(shape)})
                self.pieces.setdefault(own["name"], []).append((file, key, own["start"], shape))

    def reader(self, name, shape):
        """-> a function of a tuple of slices -> their f32 values"""
        import numpy as np
        def read(where):
            wanted = [part.indices(extent)[:2] for part, extent in zip(where, shape)]
            values, filled = np.empty([end - start for start, end in wanted], np.float32), 0
            for file, key, start, extents in self.pieces.get(name, []):
                both = [(max(low, at), min(high, at + n)) for (low, high), at, n in zip(wanted, start, extents)]
                if any(low >= high for low, high in both):
                    continue
                source = tuple(slice(low - at, high - at) for (low, high), at in zip(both, start))
                target = tuple(slice(low - at, high - at) for (low, high), (at, _) in zip(both, wanted))
                values[target] = file.get_slice(key)[source] if source else file.get_tensor(key)
                filled += math.prod(high - low for low, high in both)
            if filled != values.size:
                raise Failure(f'array "{name}" {list(shape)}: {filled} of {values.size} values are there; use another checkpoint')
            return values
        return read


def file_sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(2**24):
            digest.update(block)
    return digest.hexdigest()


def logged_lines(path):
    for line in path.read_text().split("\n") if path.exists() else []:
        try:
            yield line, json.loads(line)
        except ValueError:
            pass  # half a line of a process that was killed


def logged_validations(path, step):
    return [entry["validation"]["loss"] for _, entry in logged_lines(path) if "validation" in entry and entry["step"] <= step]


def truncate_metrics(path, step):
    """Forgets what was logged after a step. -> seconds of training until then"""
    kept, seconds = [], 0.0
    for line, entry in logged_lines(path):
        if entry["step"] <= step:
            kept.append(line)
            seconds = entry.get("time", {}).get("seconds", seconds)
    write_whole(path, "".join(line + "\n" for line in kept).encode())
    return seconds


# --- Training -------------------------------------------------------------------------------------------------------------

def feeds(step, key, clip_at, scalars):
    """What a program takes beside state and parameters; each device is given its part alone. clip_at: of clip 0, 1, ..."""
    import numpy as np
    clip_at = functools.cache(clip_at)
    def read(entry):
        name, shape, role = entry["name"], entry["shape"], entry["role"]
        rows = lambda where: range(*where[0].indices(shape[0]))
        if role == "batch":
            return lambda where: np.stack([clip_at(b)[name] for b in rows(where)])[(slice(None), *where[1:])]
        if role == "noise":
            draw, own, size = DRAWS[entry["distribution"]], fold_in(key, entry["index"]), math.prod(shape[1:])
            def noise(where):
                wanted = rows(where)
                return draw(own, wanted.start * size, len(wanted) * size).reshape(-1, *shape[1:])[(slice(None), *where[1:])]
            return noise
        return lambda where: np.float32(scalars[name])
    given = [entry for entry in step.inputs if entry["role"] not in ("state", "parameter")]
    return {entry["name"]: step.put(entry["name"], entry["shape"], read(entry)) for entry in given}


class Batches:
    """The arrays of each update, read ahead in a thread."""

    def __init__(self, step, io, run, clips, learning_rate):
        self.step, self.io, self.clips, self.learning_rate = step, io, clips, learning_rate
        self.batch = run["training"]["batch"]
        self.thread = concurrent.futures.ThreadPoolExecutor(1)
        self.ahead = {}

    def arrays(self, number, last):
        """Of update 1, 2, ...; the one after it is read meanwhile."""
        ready = self.ahead.pop(number, None) or self.thread.submit(self.read, number)
        if number < last:
            self.ahead[number + 1] = self.thread.submit(self.read, number + 1)
        return ready.result()

    def read(self, number):
        first = (number - 1) * self.batch
        key = fold_in(self.io["keys"].get("noise", (0, 0)), number)
        scalars = {"step": number, "learningRate": self.learning_rate[number - 1]}
        return feeds(self.step, key, lambda b: self.clips.read(*self.clips.place(first + b)), scalars)


class Validator:
    """The loss on clips that training does not see, of the weights that are used after it: averaged ones where there are such."""

    def __init__(self, step, io, run, clips):
        self.step, self.clips, self.batch = step, clips, run["training"]["batch"]
        self.key, self.places = io["keys"]["validation"], io["validation"]

    def measure(self, state):
        import numpy as np
        group = "average" if any(name.startswith("average/") for name in state) else "parameters"
        weights = {entry["name"]: state[entry["name"].replace("parameters", group, 1)]
                   for entry in self.step.inputs if entry["role"] == "parameter"}
        batches = range(0, len(self.places), self.batch)
        sums = {}
        for at in batches:
            clip_at = lambda b: self.clips.read(*self.places[at + b])
            results = self.step({**weights, **feeds(self.step, fold_in(self.key, at // self.batch), clip_at, {})})
            for name, value in results.items():
                sums[name] = sums.get(name, 0.0) + float(np.asarray(value.addressable_data(0))) / len(batches)
        # As JSON has no word for what is not finite.
        finite = {name: value if math.isfinite(value) else None for name, value in sums.items()}
        return {"loss": finite.pop("loss"), "metrics": {name[8:]: value for name, value in finite.items()}}


def exhausted(losses, patience):
    """Whether the last `patience` validations were no better than the best before them. Prechelt (1998)."""
    since, best = 0, math.inf
    for loss in losses:
        since, best = (0, loss) if loss is not None and loss < best else (since + 1, best)
        if patience and since >= patience:
            return True
    return False


EVENTS = sys.stdout


def keep_stdout():
    """Standard output is for our events alone: what libraries print there (Gloo does) goes to standard error."""
    global EVENTS
    EVENTS = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)


def report(event, **rest):
    print(json.dumps({"event": event, **rest}), file=EVENTS, flush=True)


class Stop:
    """Asked for by SIGTERM, or SIGINT of one process alone; all processes stop after the same update."""

    def __init__(self, processes):
        self.signal, self.processes = None, processes
        if processes == 1:  # else JAX's coordination service takes SIGTERM, and agrees on the update
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self.ask)

    def ask(self, number, _frame):
        self.signal = number

    def asked(self, step):
        if self.processes > 1:
            from jax.experimental import multihost_utils
            if multihost_utils.reached_preemption_sync_point(step):
                self.signal = signal.SIGTERM
        return self.signal is not None


def train(jax, options, bundle, io, run):
    import numpy as np
    from jax.sharding import Mesh
    from safetensors.numpy import load_file
    process, processes, out = options.process, options.processes, Path(options.out)
    clips = Samples(bundle, io, run) if "samples" in io else Clips(options.data, io, run)
    devices = find_devices(jax, options)
    sizes = parse_mesh(options.mesh, len(devices))
    mesh = Mesh(np.array(devices).reshape([sizes[axis] for axis in AXES]), AXES)
    metrics, checkpoints = out / "metrics.jsonl", Checkpoints(out, io, run, process, processes)

    def beginning():
        found = [] if options.fresh else checkpoints.steps()
        done = found[-1] if found else io["step"]
        return bool(found), done, [] if options.fresh else logged_validations(metrics, done)

    # Before anything is compiled, which may take long.
    found, done, validations = agree(options, "beginning", beginning)
    arrays = checkpoints.read(done) if found else Arrays([bundle / "state.safetensors"])
    started = time.monotonic()
    step = Step(jax, bundle, io["programs"]["train"], mesh, sizes, options)
    if process == 0:
        seconds = round(time.monotonic() - started, 3)
        report("compiled", seconds=seconds, platform=devices[0].platform, devices=len(devices), mesh=sizes)
    validator = None
    if "validate" in io["programs"]:
        validator = Validator(Step(jax, bundle, io["programs"]["validate"], mesh, sizes, options), io, run, clips)
    stop = Stop(processes)

    training = run["training"]
    seconds = 0.0
    if process == 0:
        if options.fresh:
            for name in ("metrics.jsonl", "run.json"):
                (out / name).unlink(missing_ok=True)
            for path in checkpoints.folder.iterdir():
                path.unlink()
        record = run if "samples" in io else {**run, "dataset": {**run["dataset"], "path": str(Path(options.data).resolve())}}
        write_whole(out / "run.json", (json.dumps(record, indent=2) + "\n").encode())
        checkpoints.prune()
        seconds = truncate_metrics(metrics, done)
        if found:
            report("resumed", step=done)
    entries = [entry for entry in io["programs"]["train"]["inputs"] if entry["role"] == "state"]
    readers = {entry["name"]: arrays.reader(entry["name"], entry["shape"]) for entry in entries}
    state = {entry["name"]: step.put(entry["name"], entry["shape"], readers[entry["name"]]) for entry in entries}
    learning_rate = load_file(bundle / "schedule.safetensors")["learningRate"]
    last = min(options.steps or training["steps"], training["steps"])
    batches = Batches(step, io, run, clips, learning_rate)
    every = options.checkpoint_every or training["checkpointEvery"]
    pending, before = [], time.monotonic()

    def flush():
        """Logs what has been computed since the last time. Waits for it."""
        nonlocal before, seconds
        if not pending:
            return
        values = [{name: float(np.asarray(value.addressable_data(0))) for name, value in own.items()} for _, own in pending]
        took, before = time.monotonic() - before, time.monotonic()
        seconds += took
        rate = len(pending) / took
        at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        spent = {"at": at, "seconds": seconds, "samplesPerSecond": rate * training["batch"],
                 "gflops": rate * run["flopsPerStep"] / 1e9}
        lines = []
        for (number, _), own in zip(pending, values):
            if not math.isfinite(own["loss"] + own["gradientNorm"]):
                raise Failure(f'step {number}: loss {own["loss"]}, gradient {own["gradientNorm"]}: training has diverged; '
                              'lower "training.learningRate" and export again')
            lines.append({"step": number, "loss": own["loss"], "gradientNorm": own["gradientNorm"],
                          "learningRate": float(learning_rate[number - 1]),
                          "metrics": {name[8:]: value for name, value in own.items() if name.startswith("metrics/")},
                          "time": spent})
        pending.clear()
        log(lines)
        if process == 0:
            report("step", step=lines[-1]["step"], steps=last, loss=lines[-1]["loss"], samplesPerSecond=spent["samplesPerSecond"])

    def log(lines):
        if process == 0:
            with open(metrics, "a") as file:
                file.write("".join(json.dumps(line) + "\n" for line in lines))

    def validate():
        measured = validator.measure(state)
        log([{"step": done, "validation": measured}])
        validations.append(measured["loss"])
        if process == 0:
            report("validation", step=done, loss=measured["loss"])
        return measured["loss"]

    def save(loss):
        checkpoints.write(done, state, clips.length, loss)
        if process == 0:
            report("checkpoint", step=done)

    stopped, early = False, done < last and exhausted(validations, training["patience"])
    saved = called = done
    while done < last and not stopped and not early:
        results = step({**state, **batches.arrays(done + 1, last)})
        done += 1
        state = {name: results[name] for name in state}
        pending.append((done, {name: value for name, value in results.items() if name not in state}))
        stopped = stop.asked(done)
        # As in local training, what is due waits for the end of a call; so many updates may wait on the device.
        ended = done % training["stepsPerCall"] == 0 or done == last
        due = lambda steps: ended and done // steps > called // steps
        regular = due(every) or done == last
        validating = validator and (regular or due(training["validateEvery"]))
        if ended or stopped:
            flush()
            called = done
        loss = validate() if validating else None
        early = done < last and exhausted(validations, training["patience"])
        if regular or stopped or early:
            save(loss)
            saved = done
        if validating or regular:
            before = time.monotonic()
    stopped = stopped and done < last
    if process == 0:
        report("stopped" if stopped else "done", step=done, checkpoint=saved, early=early)
    return 128 + stop.signal if stopped else 0


def compile_only(jax, options, bundle, io):
    """
    Fills the caches of compiled programs, so that accelerators need not wait for a compiler. With --target, on a machine
    without Neuron's devices: documented for JAX's plugin, not tried by this project.
    """
    import numpy as np
    from jax.sharding import Mesh
    devices = find_devices(jax, options)
    for name, program in io["programs"].items():
        # Imagination runs on one device.
        whole = name in ("train", "validate")
        sizes = parse_mesh(options.mesh, len(devices)) if whole else dict.fromkeys(AXES, 1)
        chosen = devices[:math.prod(sizes.values())]
        mesh = Mesh(np.array(chosen).reshape([sizes[axis] for axis in AXES]), AXES)
        started = time.monotonic()
        Step(jax, bundle, program, mesh, sizes, options)
        if options.process == 0:
            report("compiled", program=name, seconds=round(time.monotonic() - started, 3), platform=chosen[0].platform)
    return 0


def parse_options(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", help="folder of the dataset (Zarr v3)")
    parser.add_argument("--out", help="run folder; shared by all processes")
    parser.add_argument("--coordinator", help="host:port of process 0")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--process", type=int, default=0)
    parser.add_argument("--steps", type=int, help="stop after this update (default: all of the run's)")
    parser.add_argument("--mesh", help="such as data=2,fsdp=2,sequence=2,tensor=2 (default: data=<all devices>)")
    parser.add_argument("--platform", help="cpu, cuda or neuron (default: what JAX finds)")
    parser.add_argument("--cpu-devices", type=int, help="virtual devices of a CPU, for tests")
    parser.add_argument("--checkpoint-every", type=int, help="updates (default: the run's)")
    parser.add_argument("--cache", help="folder of compiled programs, for the next start")
    parser.add_argument("--compile-only", action="store_true", help="fill the caches of compiled programs, train nothing")
    parser.add_argument("--target", help="with --compile-only, without Neuron's devices: trn1, trn2 or trn3")
    parser.add_argument("--no-donate", dest="donate", action="store_false", help="keep the arrays that an update replaces")
    parser.add_argument("--fresh", action="store_true", help="forget what --out holds")
    options = parser.parse_args(argv)
    brings = (options.bundle / "samples.safetensors").exists()
    if not options.compile_only and not (options.out and (options.data or brings)):
        parser.error("--data and --out are needed to train")
    if brings and options.data:
        parser.error("--data: this bundle brings its samples; leave it out")
    if (options.processes > 1) != (options.coordinator is not None):
        parser.error("--coordinator and --processes go together")
    if not 0 <= options.process < options.processes:
        parser.error(f"--process {options.process}: give 0 to {options.processes - 1}")
    if options.target and not options.compile_only:
        parser.error("--target goes with --compile-only")
    return options


def main(argv):
    options = parse_options(argv)
    keep_stdout()
    try:
        io, run = read_json(options.bundle / "io.json"), read_json(options.bundle / "run.json")
        if io.get("format") != "orrery.bundle" or io.get("version") != 1:
            raise Failure(f'{options.bundle}: format {io.get("format")} {io.get("version")}, this runner knows orrery.bundle 1')
        jax = start_jax(options)
        if options.compile_only:
            return compile_only(jax, options, options.bundle, io)
        Path(options.out).mkdir(parents=True, exist_ok=True)
        return train(jax, options, options.bundle, io, run)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr, flush=True)
        # Others wait in a collective that this process will not join.
        if options.processes > 1:
            os._exit(1)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
