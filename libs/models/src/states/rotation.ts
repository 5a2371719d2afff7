/** Turns as unit quaternions [..., 4], x y z w, and as rotation vectors [..., 3] whose length is the angle in rad. */
import {
  add,
  concat,
  cos,
  div,
  l2Normalize,
  mul,
  neg,
  onesLike,
  reduceSum,
  sin,
  sliceAxis,
  sqrt,
  stack,
  square,
  sub,
  take,
  maximum,
  sign,
  abs,
  type Tensor,
} from '@orrery/graph';

const at = (x: Tensor, i: number) => take(x, i, -1);
/** The turn that is `b` and then `a`. */
export function composed(a: Tensor, b: Tensor): Tensor {
  const [ax, ay, az, aw] = [0, 1, 2, 3].map((i) => at(a, i));
  const [bx, by, bz, bw] = [0, 1, 2, 3].map((i) => at(b, i));
  const sum = (...terms: Tensor[]) => terms.reduce(add);
  return stack(
    [
      sum(mul(aw, bx), mul(ax, bw), mul(ay, bz), neg(mul(az, by))),
      sum(mul(aw, by), neg(mul(ax, bz)), mul(ay, bw), mul(az, bx)),
      sum(mul(aw, bz), mul(ax, by), neg(mul(ay, bx)), mul(az, bw)),
      sum(mul(aw, bw), neg(mul(ax, bx)), neg(mul(ay, by)), neg(mul(az, bz))),
    ],
    -1,
  );
}

export function inverted(q: Tensor): Tensor {
  return concat([neg(sliceAxis(q, -1, 0, 3)), sliceAxis(q, -1, 3)], -1);
}

/** exp: the turn about a rotation vector by its length. */
export function turnBy(vector: Tensor): Tensor {
  // The small addend keeps the gradient of the length finite where nothing turns.
  const angle = sqrt(add(reduceSum(square(vector), -1, { keepDims: true }), 1e-12));
  const half = mul(angle, 0.5);
  return concat([mul(vector, div(sin(half), angle)), cos(half)], -1);
}

/**
 * A turn as twice its Gibbs vector, which is the rotation vector where the turn is small, and whose way back needs no
 * inverse of sine or cosine. Half turns, which have none, are cut.
 */
export function smallTurn(q: Tensor): Tensor {
  const w = sliceAxis(q, -1, 3);
  const side = sign(add(sign(w), 0.5)); // 1 where w is 0
  return mul(sliceAxis(q, -1, 0, 3), div(mul(side, 2), maximum(abs(w), 0.1)));
}

/** The way back from `smallTurn`. */
export function fromSmallTurn(vector: Tensor): Tensor {
  const half = mul(vector, 0.5);
  return l2Normalize(concat([half, onesLike(sliceAxis(half, -1, 0, 1))], -1), -1);
}

/** [..., 9]: the rotation matrix of a turn, row by row. */
export function matrixOf(q: Tensor): Tensor {
  const [x, y, z, w] = [0, 1, 2, 3].map((i) => at(q, i));
  const twice = (a: Tensor, b: Tensor) => mul(mul(a, b), 2);
  const [xx, yy, zz] = [twice(x, x), twice(y, y), twice(z, z)];
  return stack(
    [
      ...[sub(1, add(yy, zz)), sub(twice(x, y), twice(z, w)), add(twice(x, z), twice(y, w))],
      ...[add(twice(x, y), twice(z, w)), sub(1, add(xx, zz)), sub(twice(y, z), twice(x, w))],
      ...[sub(twice(x, z), twice(y, w)), add(twice(y, z), twice(x, w)), sub(1, add(xx, yy))],
    ],
    -1,
  );
}

/** A vector [..., 3] turned. */
export function turned(q: Tensor, vector: Tensor): Tensor {
  const u = sliceAxis(q, -1, 0, 3);
  const t = mul(cross(u, vector), 2);
  return add(add(vector, mul(sliceAxis(q, -1, 3), t)), cross(u, t));
}

function cross(a: Tensor, b: Tensor): Tensor {
  const [ax, ay, az] = [0, 1, 2].map((i) => at(a, i));
  const [bx, by, bz] = [0, 1, 2].map((i) => at(b, i));
  const minus = (p: Tensor, q: Tensor, r: Tensor, s: Tensor) => sub(mul(p, q), mul(r, s));
  return stack([minus(ay, bz, az, by), minus(az, bx, ax, bz), minus(ax, by, ay, bx)], -1);
}
