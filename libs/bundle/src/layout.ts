/**
 * How a training lies over a mesh: clips are cut along `data` and `fsdp`, weights and all that belongs to them along `fsdp`
 * (Zhao et al., 2023, "PyTorch FSDP") and `tensor`; along `sequence`, tokens (sequence-parallel.ts). A mesh of one axis is
 * data parallel, fully sharded, tensor parallel or sequence parallel.
 */
import { size, type Program, type Shape } from '@orrery/graph';
import type { Mesh, Sharding } from '@orrery/stablehlo';
import { stateName } from '@orrery/train';
import type { Bundle } from './manifest.ts';

/** Arrays with fewer elements cost less whole than cut. */
const SMALLEST_CUT = 1024;
/** What the sizes of dimensions must divide by, where the mesh does not say: meshes of up to 8 along an axis then fit. */
const USUAL_PARTS = 8;

/** The mesh whose axes are named as far as they have more than one device. */
export function meshOf(sizes: Partial<Bundle['mesh']> = {}): Bundle['mesh'] {
  return { data: 1, fsdp: 1, sequence: 1, tensor: 1, ...sizes };
}

/** Axes that cut arrays of fixed sizes; `data` cuts batches, whose size is a setting. */
type CutAxis = 'fsdp' | 'sequence' | 'tensor';

/** Whether a dimension can be cut along an axis of the mesh. */
export function dividesBy(mesh: Mesh, axis: CutAxis): (extent: number) => boolean {
  return (extent) => extent % partsOf(mesh, axis) === 0;
}

/** Parts that an axis of the mesh makes of a dimension. */
export function partsOf(mesh: Mesh, axis: CutAxis): number {
  return mesh[axis] > 1 ? mesh[axis] : USUAL_PARTS;
}

/**
 * How one weight lies.
 * @param tensorDimension that `tensor` cuts
 */
export function parameterSharding(shape: Shape, mesh: Mesh, tensorDimension: number | undefined): Sharding {
  const axes = shape.map((_, i) => (i === tensorDimension ? ['tensor'] : []));
  if (size(shape) < SMALLEST_CUT) return axes;
  const divides = dividesBy(mesh, 'fsdp');
  const candidates = shape.map((_, i) => i).filter((i) => i !== tensorDimension && divides(shape[i]));
  const widest = candidates.sort((a, b) => shape[b] - shape[a])[0];
  if (widest !== undefined) return axes.map((own, i) => (i === widest ? ['fsdp'] : own));
  const both = partsOf(mesh, 'tensor') * partsOf(mesh, 'fsdp');
  if (tensorDimension === undefined || shape[tensorDimension] % both !== 0) return axes;
  return axes.map((own, i) => (i === tensorDimension ? ['tensor', 'fsdp'] : own));
}

export interface TrainingLayout {
  readonly inputs: Readonly<Record<string, Sharding>>;
  readonly outputs: Readonly<Record<string, Sharding>>;
  readonly gathered: Readonly<Record<string, Sharding>>;
}

/**
 * @param step one update
 * @param state names of the state, `<group>/<parameter>`
 * @param parameters how each lies; so does what the optimizer remembers of it
 */
export function trainingLayout(
  step: Program,
  state: readonly string[],
  parameters: Readonly<Record<string, Sharding>>,
): TrainingLayout {
  const own = new Map(state.map((name) => [name, parameters[name.slice(name.indexOf('/') + 1)]]));
  const clips = (shape: Shape): Sharding => shape.map((_, i) => (i === 0 ? ['data', 'fsdp'] : []));
  const whole = (shape: Shape): Sharding => shape.map(() => []);
  const sharded = Object.entries(parameters).filter(([, sharding]) => sharding.flat().includes('fsdp'));
  return {
    inputs: Object.fromEntries(
      step.inputs.map(({ attributes: { name }, shape }) => [name, own.get(name) ?? clips(shape)]),
    ),
    outputs: Object.fromEntries(
      Object.entries(step.outputs).map(([name, { shape }]) => [name, own.get(name) ?? whole(shape)]),
    ),
    gathered: Object.fromEntries(
      sharded.map(([name, sharding]) => [
        stateName('parameters', name),
        sharding.map((axes) => axes.filter((axis) => axis !== 'fsdp')),
      ]),
    ),
  };
}
