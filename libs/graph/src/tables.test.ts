import { describe, expect, it } from 'vitest';
import { evaluations } from './evaluation.ts';
import { flops } from './flops.ts';
import { gradients } from './gradients.ts';
import { shapes } from './shapes.ts';
import type { PrimitiveName } from './tensor.ts';

/** One entry an op; the type fails to check when an op is added to OpAttributes and not here. */
const primitives = Object.keys({
  ...{
    neg: 1,
    exp: 1,
    log: 1,
    sqrt: 1,
    tanh: 1,
    sigmoid: 1,
    sin: 1,
    cos: 1,
    abs: 1,
    sign: 1,
    floor: 1,
    not: 1,
  },
  ...{
    add: 1,
    sub: 1,
    mul: 1,
    div: 1,
    pow: 1,
    max: 1,
    min: 1,
    equal: 1,
    less: 1,
    lessEqual: 1,
    and: 1,
    or: 1,
  },
  ...{
    select: 1,
    cast: 1,
    stopGradient: 1,
    reshape: 1,
    transpose: 1,
    broadcast: 1,
    concat: 1,
    slice: 1,
    pad: 1,
  },
  ...{ reverse: 1, reduceSum: 1, reduceMax: 1, matmul: 1, conv2d: 1, gather: 1, scatterAdd: 1, scan: 1 },
} satisfies Record<PrimitiveName, 1>).sort();

describe('each table has one row an op', () => {
  const tables = { shapes, gradients, evaluations, flops };
  for (const [name, table] of Object.entries(tables)) {
    it(name, () => {
      expect(Object.keys(table).sort()).toEqual(primitives);
      for (const row of Object.values(table)) expect(row).toBeTypeOf('function');
    });
  }
});
