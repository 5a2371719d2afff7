import { add, div, input, log, matmul, mean, mul, program, sub } from '@orrery/graph';
import { expect, test, vi } from 'vitest';
import { firstNonFinite } from './non-finite.ts';

vi.setConfig({ testTimeout: 60_000 });

const x = input('x', [2, 3]);
const kernel = input('parameters/head.kernel', [3, 2]);
const bias = input('parameters/head.bias', [2]);
const y = matmul(x, kernel);
const step = program({ loss: mean(log(add(y, bias))), ratio: div(y, sub(y, y)), twice: mul(y, 2) });
const feeds = (first: number, shift: number) => ({
  x: Float32Array.of(first, 1, 1, 1, 1, 1),
  'parameters/head.kernel': new Float32Array(6).fill(1),
  'parameters/head.bias': new Float32Array(2).fill(shift),
});

test('the first tensor in the order of computation, and what it comes from', async () => {
  expect(await firstNonFinite(step, feeds(1, -5))).toBe(
    'log f32 [2, 2], computed from "parameters/head.bias"',
  );
  expect(await firstNonFinite(program({ loss: step.outputs.ratio }, step.inputs), feeds(1, 0))).toBe(
    'div f32 [2, 2], computed from "parameters/head.kernel"',
  );
});

test('an input that is broken already', async () => {
  expect(await firstNonFinite(step, feeds(1, Infinity))).toBe('input "parameters/head.bias" f32 [2]');
  expect(await firstNonFinite(step, feeds(NaN, 0))).toBe('input "x" f32 [2, 3]');
});

test('none where all is finite', async () => {
  expect(
    await firstNonFinite(program({ loss: step.outputs.loss }, step.inputs), feeds(1, 0)),
  ).toBeUndefined();
});
