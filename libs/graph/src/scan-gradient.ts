/**
 * The gradient of a scan: a scan the other way, which carries the cotangents of the carries. The forward scan stacks the
 * carries and products that it needs, or the carries alone; what is not stacked is computed again.
 */
import { apply } from './apply.ts';
import { add } from './elementwise.ts';
import { order } from './order.ts';
import { substitute } from './passes/rewrite.ts';
import { scan, unpack } from './scan.ts';
import { isFloat } from './dtypes.ts';
import { input, zerosLike } from './sources.ts';
import type { OpName, ScanLoop, Tensor } from './tensor.ts';

/** `pullBack` of gradient.ts, which the rule cannot import: it is built on the rules. */
export type PullBack = (
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  wrt: readonly Tensor[],
) => Tensor[];

/** One step of the gradient, over stand-ins. */
interface BackwardStep {
  /** One for each output of the loop. */
  readonly cotangents: readonly Tensor[];
  /** Positions of the loop's inputs that are floats. */
  readonly floats: readonly number[];
  /** The cotangent of each of them. */
  readonly slopes: readonly Tensor[];
  /** What the forward scan keeps of each step. */
  readonly kept: readonly Tensor[];
  /** The loop that stacks it too. */
  readonly loop: ScanLoop;
}

/** The same for each gradient that is taken, so that all of them share one forward scan. */
const steps = new WeakMap<ScanLoop, BackwardStep>();

/** Ops whose result is kept rather than computed again. */
const costly: ReadonlySet<OpName> = new Set<OpName>(['matmul', 'conv2d', 'scan']);

/**
 * @param cotangent of the scan's result
 * @returns one an input of the scan; undefined where no gradient flows
 */
export function scanGradient(
  cotangent: Tensor,
  node: Tensor<'scan'>,
  pullBack: PullBack,
): (Tensor | undefined)[] {
  const { loop } = node.attributes;
  const { carries, scanned } = loop;
  const step = backwardStep(loop, pullBack);
  const { floats, kept } = step;
  const ownEnd = carries + scanned;
  const slices = floats.filter((i) => i >= carries && i < ownEnd);
  const captured = floats.filter((i) => i >= ownEnd);
  const forward = unpack(apply('scan', node.inputs, { loop: step.loop }), step.loop);
  const past = forward.slice(loop.outputs.length); // [T, ...] each
  const cotangents = unpack(cotangent, loop);

  const standIns = [...step.cotangents, ...loop.inputs.slice(carries), ...kept];
  const result = scan(
    (carry, now) => {
      const after = [...carry.slice(0, carries), ...now.slice(scanned + kept.length)];
      const inputs = [...now.slice(0, scanned), ...node.inputs.slice(ownEnd)];
      const remembered = now.slice(scanned, scanned + kept.length);
      const slopes = substitute(step.slopes, standIns, [...after, ...inputs, ...remembered]);
      const of = (i: number) => slopes[floats.indexOf(i)];
      return {
        carry: [
          ...loop.inputs.slice(0, carries).map((_, i) => of(i)),
          ...captured.map((i, k) => add(carry[carries + k], of(i))),
        ],
        outputs: slices.map(of),
      };
    },
    [...cotangents.slice(0, carries), ...captured.map((i) => zerosLike(node.inputs[i]))],
    [...node.inputs.slice(carries, ownEnd), ...past, ...cotangents.slice(carries)],
    { reverse: !loop.reverse },
  );
  return node.inputs.map((_, i) => {
    if (i < carries) return result.carry[i];
    if (slices.includes(i)) return result.outputs[slices.indexOf(i)];
    return captured.includes(i) ? result.carry[carries + captured.indexOf(i)] : undefined;
  });
}

function backwardStep(loop: ScanLoop, pullBack: PullBack): BackwardStep {
  const known = steps.get(loop);
  if (known) return known;
  const cotangents = loop.outputs.map(({ shape, dtype }, i) => input(`cotangent ${i}`, shape, dtype));
  const floats = loop.inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));
  const slopes = pullBack(
    loop.outputs,
    cotangents,
    floats.map((i) => loop.inputs[i]),
  );
  const kept = keptBy(loop, slopes, cotangents);
  const step = {
    ...{ cotangents, floats, slopes, kept },
    loop: { ...loop, outputs: [...loop.outputs, ...kept], extends: loop },
  };
  steps.set(loop, step);
  return step;
}

/** Of what the gradient of a step needs, and that is known when the step is done: its carries and costly results. */
function keptBy(loop: ScanLoop, slopes: readonly Tensor[], cotangents: readonly Tensor[]): Tensor[] {
  const nodes = order(slopes);
  const depending = (on: readonly Tensor[]) => {
    const found = new Set<Tensor>(on);
    for (const node of nodes) if (node.inputs.some((operand) => found.has(operand))) found.add(node);
    return found;
  };
  const late = depending(cotangents);
  const changing = depending(loop.inputs.slice(0, loop.carries + loop.scanned));
  const carries = new Set<Tensor>(loop.inputs.slice(0, loop.carries));
  const kept = new Set<Tensor>();
  const seen = new Set<Tensor>();
  const wanted = [...nodes.filter((node) => late.has(node)).flatMap(({ inputs }) => inputs), ...slopes];
  while (wanted.length > 0) {
    const node = wanted.pop()!;
    // What does not change from step to step is there already.
    if (late.has(node) || seen.has(node) || !changing.has(node)) continue;
    seen.add(node);
    if (carries.has(node) || (loop.keep !== 'carries' && costly.has(node.op))) kept.add(node);
    else wanted.push(...node.inputs);
  }
  return [...kept];
}
