/** For tests: a program on onnxruntime and on the reference evaluator. */
import { evaluate, sameShape } from '@orrery/graph';
import type { Program, TypedArray } from '@orrery/graph';
import { disagreement } from '@orrery/graph/testing';
import { createSession } from './create-session.ts';
import type { SessionOptions } from './create-session.ts';

/**
 * Runs both and returns the outputs that disagree in type or values, with how much; nothing when all is well.
 * @param allowed of the largest `disagreement`
 */
export async function disagreements(
  program: Program,
  feeds: Readonly<Record<string, TypedArray>>,
  { allowed = 1, ...options }: SessionOptions & { readonly allowed?: number } = {},
): Promise<Record<string, number>> {
  const session = await createSession(program, { worker: false, threads: 1, ...options });
  try {
    const got = await session.run(feeds);
    const wanted = evaluate(program.outputs, feeds);
    return Object.fromEntries(
      Object.entries(program.outputs)
        .map(([name, { dtype, shape }]) => {
          const result = got[name];
          const same = result.dtype === dtype && sameShape(result.shape, shape);
          return [name, same ? disagreement(result.data, wanted[name], dtype) : Infinity] as const;
        })
        .filter(([, amount]) => amount > allowed),
    );
  } finally {
    await session.close();
  }
}
