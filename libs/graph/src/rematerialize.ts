/** Less memory for more time. Chen et al. (2016), "Training Deep Nets with Sublinear Memory Cost". */
import { expandDims, reshape } from './movement.ts';
import { scan } from './scan.ts';
import type { Tensor } from './tensor.ts';

/**
 * build(x), whose gradient keeps x alone and computes what is inside again: as a scan of one step, which no pass and no
 * runtime looks through for what was computed before. For many equal blocks, `scan` over them with `keep: "carries"`.
 * @param build called once, with a stand-in for x; what else it uses (parameters) gets its gradient too
 * @param x a float tensor
 * @returns of the shape and dtype of build(x), which is that of x
 */
export function rematerialize(build: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const { outputs } = scan((_, [slice]) => ({ carry: [], outputs: [build(slice)] }), [], [expandDims(x, 0)], {
    keep: 'carries',
  });
  return reshape(outputs[0], outputs[0].shape.slice(1));
}
