"""What a trained model predicts of clips, with the programs of a bundle: `encode` once, then `step` a frame. For serve.py."""
import math
from urllib.parse import parse_qs

import numpy as np
from safetensors.numpy import load

from run import AXES, DRAWS, Arrays, Checkpoints, Failure, Step, fold_in

CALLED = {"frame": "frames", "motion": "motion"}  # a prediction, and many of them
DTYPES = {"u8": "uint8", "f32": "float32", "f16": "float16", "f64": "float64", "i32": "int32", "u32": "uint32", "bool": "bool"}
NAMES = {theirs: ours for ours, theirs in DTYPES.items()}


class Refused(Exception):
    """What the client can mend, or try again: a status of HTTP and one line."""

    def __init__(self, status, message, **headers):
        super().__init__(message)
        self.status, self.headers = status, headers


# --- What is asked --------------------------------------------------------------------------------------------------------

class Contract:
    """What the programs of a bundle take and give, of one clip: what requests and answers hold."""

    def __init__(self, io, options):
        encode, step = io["programs"]["encode"], io["programs"]["step"]
        of_clip = lambda entries: {entry["name"]: (entry["dtype"], entry["shape"][1:]) for entry in entries}
        with_role = lambda entries, role: [entry for entry in entries if entry["role"] == role]
        self.batch, self.options = io["batch"], options
        given = of_clip(with_role(encode["inputs"], "batch"))
        given.pop("actions", None)  # they come with those of the predicted frames
        self.context, self.state = given, of_clip(with_role(step["inputs"], "state"))
        self.frames = self.context["context"][1][0]
        self.acting = of_clip(step["inputs"]).get("action", (None, [0]))[1][0]
        (self.predicted, self.prediction), = of_clip(with_role(step["outputs"], "prediction")).items()

    def describe(self):
        types = lambda arrays: {name: {"dtype": dtype, "shape": shape} for name, (dtype, shape) in arrays.items()}
        return {"batch": self.batch, "contextFrames": self.frames, "actions": self.acting, "context": types(self.context),
                "state": types(self.state), "predicts": types({CALLED[self.predicted]: self.prediction}),
                "limits": {"clips": self.options.max_clips, "steps": self.options.max_steps, "bytes": self.options.max_bytes}}


class Request:
    """Clips to continue: `arrays` [clips, ...] of the context or the state, `actions` [clips, frames, A]."""

    def __init__(self, contract, query, body):
        self.contract = contract
        asked = read_query(query)
        whole = lambda name, low, high, default: read_whole(asked.pop(name, default), name, low, high)
        self.steps = whole("steps", 1, contract.options.max_steps, "1")
        self.seed = whole("seed", 0, 2**32 - 1, "0")
        self.first = whole("from", 0, 2**32 - 1, "0")
        self.wants_state = {"true": True, "false": False}.get(asked.pop("state", "false"))
        if self.wants_state is None:
            raise Refused(400, "state: say true or false")
        if asked:
            raise Refused(400, f'"{next(iter(asked))}" is no parameter; there are steps, seed, from and state')
        self.arrays = read_arrays(body)
        self.continues = any(name in contract.state for name in self.arrays)
        if self.first and not self.continues:
            raise Refused(400, f"from {self.first}: a context begins at 0; to go on, send the state of the answer before")
        self.clips = 0
        actions = self.arrays.pop("actions", None)
        self.check(contract.state if self.continues else contract.context)
        dtype, shape = contract.prediction
        size = self.clips * self.steps * math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize
        if size > contract.options.max_bytes:
            raise Refused(400, f"steps {self.steps} of {self.clips} clips: an answer of {size} bytes is larger than "
                               f"{contract.options.max_bytes}; ask for fewer at once")
        led = 0 if self.continues else contract.frames - 1  # through the context
        self.actions = self.checked_actions(actions, led + self.steps)

    def check(self, wanted):
        for name in self.arrays:
            if name not in wanted:
                others = " and no actions" if name == "actions" else ""
                raise Refused(400, f'array "{name}": this model takes {", ".join(wanted)}{others}; leave it out')
        for name, (dtype, shape) in wanted.items():
            if name not in self.arrays:
                raise Refused(400, f'array "{name}" is missing; give {dtype} {show(["clips", *shape])}')
            values = self.arrays[name]
            clips = values.shape[0] if values.ndim else 0
            self.clips = self.clips or clips
            if values.dtype != DTYPES[dtype] or values.shape[1:] != tuple(shape) or clips != self.clips or not clips:
                raise Refused(400, f'array "{name}": {named(values)} {show(values.shape)}; '
                                   f'give {dtype} {show([self.clips or "clips", *shape])}')
            refuse_non_finite(name, values)
        if self.clips > self.contract.options.max_clips:
            raise Refused(400, f"clips {self.clips}: more than {self.contract.options.max_clips}; send several requests")

    def checked_actions(self, actions, frames):
        """Nothing acts unless it is said."""
        wanted = (self.clips, frames, self.contract.acting)
        if actions is None:
            return np.zeros(wanted, np.float32)
        if not self.contract.acting:
            raise Refused(400, 'array "actions": nothing acts in this world; leave it out')
        if actions.dtype != np.float32 or actions.shape != wanted:
            raise Refused(400, f'array "actions": {named(actions)} {show(actions.shape)}; give f32 {show(wanted)}: '
                               f"{frames - self.steps} that led through the context, then one a predicted frame")
        refuse_non_finite("actions", actions)
        if np.abs(actions).max() > 1:
            raise Refused(400, f'array "actions": {np.abs(actions).max():g} is outside of [-1, 1]; scale them')
        return actions

    def parts(self):
        """The clips in pieces that the programs take at once."""
        return [range(at, min(at + self.contract.batch, self.clips)) for at in range(0, self.clips, self.contract.batch)]


def read_query(text):
    try:
        found = parse_qs(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=16)
    except ValueError:
        raise Refused(400, f'query "{text[:80]}": write such as steps=8&seed=1')
    for name, values in found.items():
        if len(values) > 1:
            raise Refused(400, f"{name}: given {len(values)} times; give it once")
    return {name: values[0] for name, values in found.items()}


def read_whole(text, name, low, high):
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or not low <= int(text) <= high:
        raise Refused(400, f'{name} "{text[:40]}": give a whole number from {low} to {high}')
    return int(text)


def read_arrays(body):
    try:
        return load(body)
    except Exception as error:  # its own errors, and KeyError for types that NumPy does not have
        raise Refused(400, f"the body is no safetensors file that can be read: {error}; /v1/model says what it holds")


def refuse_non_finite(name, values):
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        place = np.argwhere(~np.isfinite(values))[0].tolist()
        raise Refused(400, f'array "{name}": {values[tuple(place)]} at {show(place)}; give finite numbers')


def named(values):
    return NAMES.get(str(values.dtype), str(values.dtype))


def show(shape):
    return f"[{', '.join(map(str, shape))}]"


# --- What answers ---------------------------------------------------------------------------------------------------------

class Weights:
    """
    Those that are used after training, averaged ones where there are such: of a run, of a safetensors file, or the bundle's own.
    """

    def __init__(self, options, io, run):
        path, self.step = options.weights, None
        if path is None:
            arrays, self.step = Arrays([options.bundle / "state.safetensors"]), io["step"]
            if not self.step:
                raise Failure(f"{options.bundle}: its weights are those of before the first update; name a run with --weights")
        elif path.is_dir():
            if not (path / "checkpoints").is_dir():
                raise Failure(f"--weights {path}: no run folder; name one, or a safetensors file")
            checkpoints = Checkpoints(path, io, run, 0, 1)
            if not checkpoints.steps():
                raise Failure(f"--weights {path}: it has no complete checkpoint; train on, or name another run")
            self.step = checkpoints.steps()[-1] if options.last else checkpoints.best()
            arrays = checkpoints.read(self.step)
        elif path.exists():
            try:
                arrays = Arrays([path])
            except Exception as error:
                raise Failure(f"--weights {path}: {error}; name a run folder, or a safetensors file")
        else:
            raise Failure(f"--weights {path}: not found; name a run folder, or a safetensors file")
        groups = [group for group in ("average/", "parameters/") if any(name.startswith(group) for name in arrays.pieces)]
        self.averaged, self.group = groups[:1] == ["average/"], (groups or [""])[0]
        self.arrays = arrays

    def read(self, entry):
        """The values of a parameter of a program."""
        name, shape = self.group + entry["name"].removeprefix("parameters/"), entry["shape"]
        found = sum(math.prod(extents) for *_, extents in self.arrays.pieces.get(name, []))
        if found != math.prod(shape):
            raise Failure(f'weights: array "{name}" has {found} values, the bundle wants {show(shape)}; '
                          "give those of its own model")
        return self.arrays.reader(name, shape)(tuple(slice(None) for _ in shape))


class Replica:
    """The model on one device."""

    def __init__(self, jax, device, options, io, contract, weights):
        from jax.sharding import Mesh
        mesh, sizes = Mesh(np.array([device]).reshape([1] * len(AXES)), AXES), dict.fromkeys(AXES, 1)
        self.contract = contract
        compiled = lambda name: Step(jax, options.bundle, io["programs"][name], mesh, sizes, options)
        self.encode, self.step = compiled("encode"), compiled("step")
        self.weights = {}
        for program in (self.encode, self.step):
            for entry in program.inputs:
                if entry["role"] == "parameter" and entry["name"] not in self.weights:
                    self.weights[entry["name"]] = self.put(program, entry["name"], weights.read(entry))

    def roll(self, request, clips):
        """-> predictions [clips, steps, ...], and the state after them, of some clips of a request"""
        own = slice(clips.start, clips.stop)
        actions = self.padded(request.actions[own])
        given = {name: self.padded(values[own]) for name, values in request.arrays.items()}
        if request.continues:
            state = {name: self.put(self.step, name, values) for name, values in given.items()}
            led = 0
        else:
            led = self.contract.frames - 1
            # What follows the context is not chosen yet.
            given["actions"] = np.concatenate([actions[:, :led], np.zeros_like(actions[:, :1])], 1)
            state = self.call(self.encode, {}, given, request, clips, 0)
        shown = []
        for k in range(request.steps):
            results = self.call(self.step, state, {"action": actions[:, led + k]}, request, clips, request.first + k + 1)
            shown.append(results.pop(self.contract.predicted))
            state = results
        count = len(clips)
        predictions = np.stack([np.asarray(values)[:count] for values in shown], 1)
        kept = self.contract.state if request.wants_state else ()
        return predictions, {name: np.asarray(state[name])[:count] for name in kept}

    def call(self, program, state, given, request, clips, number):
        """One of the two programs, by names. number: of the call, 0 for the context."""
        fed = {}
        for entry in program.inputs:
            if entry["role"] == "noise":
                fed[entry["name"]] = self.put(program, entry["name"], self.noise(entry, request.seed, clips, number))
            elif entry["role"] == "batch":
                fed[entry["name"]] = self.put(program, entry["name"], given[entry["name"]])
        return program({**self.weights, **state, **fed})

    def noise(self, entry, seed, clips, number):
        """What a clip draws depends on its place among the clips and on the call, and not on the other clips."""
        shape = entry["shape"]
        values, draw = np.zeros(shape, np.float32), DRAWS[entry["distribution"]]
        for row, clip in enumerate(clips):
            key = fold_in(fold_in(fold_in((0, seed), clip), number), entry["index"])
            values[row] = draw(key, 0, math.prod(shape[1:])).reshape(shape[1:])
        return values

    def padded(self, values):
        """The last clip again, until the programs have as many as they take."""
        return np.concatenate([values, np.repeat(values[-1:], self.contract.batch - len(values), 0)])

    def put(self, program, name, values):
        return program.put(name, values.shape, lambda where: values[where])


class Blank:
    """A request that nobody made, of one clip and one frame."""

    def __init__(self, contract):
        self.seed, self.first, self.steps, self.continues, self.wants_state = 0, 0, 1, False, False
        self.arrays = {name: np.zeros((1, *shape), DTYPES[dtype]) for name, (dtype, shape) in contract.context.items()}
        self.actions = np.zeros((1, contract.frames, contract.acting), np.float32)
