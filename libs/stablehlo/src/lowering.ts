/** Graph -> StableHLO: a program becomes a module of one function. */
import { formatShape, sameShape } from '@orrery/graph';
import type { Program, Tensor } from '@orrery/graph';
import { openBlock } from './block.ts';
import type { Block, Value } from './block.ts';
import { emit } from './emission.ts';
import { openFunctions } from './functions.ts';
import type { OperandPrecision } from './lowerings.ts';
import type { ScanForm } from './scan.ts';
import { checkSharding, deviceCount, shardingText } from './sharding.ts';
import type { Mesh, Partitioner, Sharding } from './sharding.ts';
import { typeText } from './types.ts';

export interface LoweringOptions {
  /** Of the module; "program" by default. */
  readonly name?: string;
  /** Loops as `while`, which is the default, or written out: compilers see more, and take longer. */
  readonly scan?: ScanForm;
  /** Inputs whose memory an output may take, by the output's name: the caller loses them. */
  readonly donate?: Readonly<Record<string, string>>;
  readonly layout?: Layout;
  /** Of products of f32; HIGHEST by default. */
  readonly precision?: OperandPrecision;
  /**
   * Whether attention and norms are composites, true by default: a back end may have a kernel of its own for one, and
   * others compute the function that it decomposes into.
   */
  readonly composites?: boolean;
}

/** Where arrays lie, over more than one device. */
export interface Layout {
  readonly mesh: Mesh;
  /** By default Shardy. */
  readonly partitioner?: Partitioner;
  /** By name; what is not named is left to the partitioner. */
  readonly inputs: Readonly<Record<string, Sharding>>;
  readonly outputs: Readonly<Record<string, Sharding>>;
  /**
   * How inputs lie where products read them, by name: fully sharded parameters are gathered there, while what updates
   * them stays where their parts are.
   */
  readonly gathered?: Readonly<Record<string, Sharding>>;
  /** How values inside the program lie from where they are computed on. */
  readonly values?: ReadonlyMap<Tensor, Sharding>;
}

/**
 * StableHLO as text, with static shapes. Arguments and results stand in the order of the program's inputs and outputs,
 * one a line.
 * @throws when a needed input is not listed, a donation joins unequal types, or a sharding does not fit
 */
export function toStableHlo(program: Program, options: LoweringOptions = {}): string {
  const {
    name = 'program',
    scan = 'while',
    donate = {},
    layout,
    precision = 'HIGHEST',
    composites = true,
  } = options;
  checkDonations(program, donate);
  if (layout) checkLayout(program, layout);
  const sharding = layout && shardingText(layout.mesh, layout.partitioner ?? 'shardy');
  const block = openBlock();
  const given = new Map<Tensor, Value>(
    program.inputs.map((tensor, i) => [
      tensor,
      { name: `%arg${i}`, shape: tensor.shape, dtype: tensor.dtype },
    ]),
  );
  const gathered = layout?.gathered ?? {};
  const whole = (inside: Block, tensor: Tensor, value: Value): Value => {
    const own = tensor.op === 'input' ? gathered[(tensor as Tensor<'input'>).attributes.name] : undefined;
    return own && sharding ? sharding.constrain(inside, value, own) : value;
  };
  const settled = (inside: Block, tensor: Tensor, value: Value): Value => {
    const own = layout?.values?.get(tensor);
    return own && sharding ? sharding.constrain(inside, value, own) : value;
  };
  const functions = composites ? openFunctions() : undefined;
  const outputs = Object.entries(program.outputs);
  const results = emit(
    block,
    outputs.map(([, tensor]) => tensor),
    given,
    { scan, precision, functions, whole, settled, splitRows: (layout?.values?.size ?? 0) > 0 },
  );
  const described = (type: string, attributes: readonly string[]) =>
    attributes.length > 0 ? `${type} {${attributes.join(', ')}}` : type;
  const lies = (own: Sharding | undefined) => (own && sharding ? [sharding.attribute(own)] : []);
  const places = new Map(outputs.map(([output], i) => [donate[output], i]));
  const argumentLines = program.inputs.map((tensor, i) => {
    const own = tensor.attributes.name;
    const place = places.get(own);
    const donated = place === undefined ? [] : [`tf.aliasing_output = ${place} : i32`];
    return `      %arg${i}: ${described(typeText(tensor), [...lies(layout?.inputs[own]), ...donated])}`;
  });
  const resultLines = outputs.map(([output, tensor]) => {
    const info = `jax.result_info = ${JSON.stringify(output)}`;
    return `      ${described(typeText(tensor), [info, ...lies(layout?.outputs[output])])}`;
  });
  const partitions = layout ? deviceCount(layout.mesh) : 1;
  return [
    `module @${symbol(name)} attributes {mhlo.num_partitions = ${partitions} : i32, mhlo.num_replicas = 1 : i32} {`,
    ...(sharding?.declarations ?? []).map((line) => `  ${line}`),
    '  func.func public @main(',
    argumentLines.join(',\n'),
    '    ) -> (',
    resultLines.join(',\n'),
    '    ) {',
    ...block.lines,
    `    return ${results.map((value) => value.name).join(', ')} : ${results.map(typeText).join(', ')}`,
    '  }',
    ...(functions?.lines ?? []),
    '}',
    '',
  ].join('\n');
}

function symbol(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_.$-]/g, '_');
}

function checkDonations({ inputs, outputs }: Program, donate: Readonly<Record<string, string>>): void {
  const taken = new Set<string>();
  for (const [output, input] of Object.entries(donate)) {
    const what = `stablehlo: output "${output}" in the place of input "${input}"`;
    const from = inputs.find(({ attributes }) => attributes.name === input);
    const to = Object.hasOwn(outputs, output) ? outputs[output] : undefined;
    if (!from || !to) throw new Error(`${what}: the program has no such ${from ? 'output' : 'input'}`);
    if (taken.has(input)) throw new Error(`${what}: another output has it already; donate it once`);
    taken.add(input);
    if (from.dtype === to.dtype && sameShape(from.shape, to.shape)) continue;
    const [a, b] = [from, to].map(({ dtype, shape }) => `${dtype} ${formatShape(shape)}`);
    throw new Error(`${what}: ${b} does not fit into ${a}; make them agree`);
  }
}

function checkLayout({ inputs, outputs }: Program, layout: Layout): void {
  const shapes = new Map(inputs.map(({ attributes, shape }) => [attributes.name, shape]));
  const check = (
    kind: string,
    named: Readonly<Record<string, Sharding>>,
    shapeOf: (name: string) => Tensor['shape'] | undefined,
  ) => {
    for (const [name, sharding] of Object.entries(named)) {
      const shape = shapeOf(name);
      if (!shape) throw new Error(`stablehlo: a sharding names ${kind} "${name}", which the program has not`);
      checkSharding(`stablehlo: ${kind} "${name}"`, sharding, shape, layout.mesh);
    }
  };
  check('input', layout.inputs, (name) => shapes.get(name));
  check('input', layout.gathered ?? {}, (name) => shapes.get(name));
  check('output', layout.outputs, (name) => outputs[name]?.shape);
}
