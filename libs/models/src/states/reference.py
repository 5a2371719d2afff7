"""What the references of the state families share: a world, a clip, and the arithmetic of states, in PyTorch and float64.

Turns are rotation matrices here, where the TypeScript has quaternions: exp of a rotation vector is matrix_exp of its skew
matrix, the Gibbs vector of R is the skew part of R over 1 + tr R, and the way back is Cayley's transform.
"""

import math

import torch

torch.set_default_dtype(torch.float64)

BATCH, FRAMES, BODIES, MOVING, ACTIONS, DT = 2, 6, 4, [0, 1, 3], 2, 0.1


def wave(shape, seed, scale=1.0):
    size = math.prod(shape)
    return scale * torch.tensor([math.sin(1 + 2.399963 * i + 7.1 * seed) for i in range(size)]).reshape(shape)


def spread(size, seed, zeros=()):
    deviation = 0.75 + wave((size,), seed + 1, 0.5)
    for index in zeros:
        deviation[index] = 0
    return wave((size,), seed, 0.2), deviation


# The first component of turns and of masses never differs.
STATISTICS = {"motion": spread(13, 30), "bodies": spread(12, 32), "change": spread(12, 34, zeros=(3,))}


def matrix_of(q):
    x, y, z, w = q.unbind(-1)
    rows = [
        [w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z],
    ]
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def skew(v):
    x, y, z = v.unbind(-1)
    o = torch.zeros_like(x)
    rows = [[o, -z, y], [z, o, -x], [-y, x, o]]
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


class Motion:
    """x, v, w: [..., N, 3]; R: [..., N, 3, 3]"""

    def __init__(self, x, R, v, w):
        self.x, self.R, self.v, self.w = x, R, v, w

    def __getitem__(self, index):
        return Motion(self.x[index], self.R[index], self.v[index], self.w[index])

    def bodies(self, indices):
        return Motion(self.x[..., indices, :], self.R[..., indices, :, :], self.v[..., indices, :], self.w[..., indices, :])

    def flat(self):
        """[..., N, 18]: position, matrix by rows, velocity, spin"""
        return torch.cat([self.x, self.R.flatten(-2), self.v, self.w], -1)


def clip():
    """The clip of the tests: numbers [B, T, N, 13] as waves, with quaternions made unit."""
    raw = wave((BATCH, FRAMES, BODIES, 13), 40)
    q = raw[..., 3:7] / raw[..., 3:7].norm(dim=-1, keepdim=True)
    motion = Motion(raw[..., 0:3], matrix_of(q), raw[..., 7:10], raw[..., 10:13])
    kinds = torch.eye(4)[[0, 1, 3, 0]]
    facts = 0.6 + wave((BATCH, BODIES, 8), 41, 0.4)
    facts[:, 2, 0:4] = 0  # the plane has no size and no mass
    facts[1, 3, 3] = 0  # a body that the second scene lacks
    facts[..., 7] = 1
    facts[1, 3, 7] = 0
    bodies = torch.cat([kinds.expand(BATCH, BODIES, 4), facts], -1)
    return motion, bodies, wave((BATCH, FRAMES, ACTIONS), 42)


def coasted(m):
    return Motion(m.x + DT * m.v, torch.matrix_exp(skew(DT * m.w)) @ m.R, m.v, m.w)


def change_between(before, after):
    free = coasted(before)
    turn = after.R @ free.R.transpose(-1, -2)
    trace = turn.diagonal(dim1=-2, dim2=-1).sum(-1, keepdim=True)
    axial = torch.stack(
        [turn[..., 2, 1] - turn[..., 1, 2], turn[..., 0, 2] - turn[..., 2, 0], turn[..., 1, 0] - turn[..., 0, 1]], -1
    )
    # 2 vec(q) / max(w, 0.1) with w = sqrt(1 + tr R) / 2 and vec(q) = axial / (4 w)
    w = torch.sqrt(torch.clamp(1 + trace, min=1e-30)) / 2
    gibbs = axial / (4 * w) / torch.clamp(w, min=0.1)
    return torch.cat([after.x - free.x, 2 * gibbs, after.v - free.v, after.w - free.w], -1)


def changed(before, change):
    free = coasted(before)
    dx, turn, dv, dw = change.split(3, -1)
    g = skew(turn / 2)
    cayley = torch.linalg.solve(torch.eye(3) - g, torch.eye(3) + g)
    return Motion(free.x + dx, cayley @ free.R, free.v + dv, free.w + dw)


def normalised(x, name, start=0):
    mean, deviation = (part[start : start + x.shape[-1]] for part in STATISTICS[name])
    return torch.where(deviation > 0, (x - mean) / torch.where(deviation > 0, deviation, torch.ones(())), 0.0)


def present(bodies):
    return (bodies[:, MOVING, 7:8] > 0).double()


def motion_after(motion, said, bodies):
    """The next motion of all bodies, from normalised changes [B, M, 12]."""
    mean, deviation = STATISTICS["change"]
    moved = changed(motion.bodies(MOVING), (said * deviation + mean) * present(bodies))
    whole = [part.clone() for part in (motion.x, motion.R, motion.v, motion.w)]
    for part, own in zip(whole, (moved.x, moved.R, moved.v, moved.w)):
        part[:, MOVING] = own
    return Motion(*whole)


def weighted_mean(error, bodies, deviation):
    weights = present(bodies) * (deviation > 0).double()
    weights = weights if error.dim() == 3 else weights[:, None].expand(error.shape)
    return (error * weights).sum() / weights.expand(error.shape).sum()


def change_error(motion, said, bodies, truth):
    wanted = change_between(motion.bodies(MOVING), truth.bodies(MOVING))
    return weighted_mean((said - normalised(wanted, "change")) ** 2, bodies, STATISTICS["change"][1])


def motion_features(motion, bodies):
    """[..., N, 18]; bodies broadcast"""
    turns = 1 - bodies[..., 0:1]
    scaled = [normalised(motion.x, "motion", 0), normalised(motion.v, "motion", 7), normalised(motion.w, "motion", 10)]
    return torch.cat([*scaled, motion.R.flatten(-2) * turns], -1)


def parameters(shapes):
    """The k-th parameter holds 0.5 wave(size, k), divided by the root of its number of rows."""
    made = {name: 0.5 * wave(shape, k) / math.sqrt(shape[0]) for k, (name, shape) in enumerate(shapes.items())}
    return {name: value.requires_grad_() for name, value in made.items()}


def rounded(tensor):
    return [float(f"{value:.10g}") for value in tensor.detach().reshape(-1).tolist()]


def joined(motions):
    """Frames [B, N, ...] behind each other: [B, T, N, ...]"""
    return Motion(*(torch.stack([getattr(m, part) for m in motions], 1) for part in ("x", "R", "v", "w")))


def case(p, config, loss, imagined):
    """What the tests compare with. @param imagined motions after the context, one a step"""
    loss.backward()
    return {
        "config": config,
        "shapes": {name: list(value.shape) for name, value in p.items()},
        "loss": rounded(loss)[0],
        "gradientNorms": {name: rounded(value.grad.norm())[0] for name, value in p.items()},
        "imagined": rounded(joined(imagined).flat()),
    }
