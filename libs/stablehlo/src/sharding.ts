/**
 * How arrays lie over a mesh of devices, as Shardy's dialect (`sdy`) or as GSPMD's attribute `mhlo.sharding` says it to
 * XLA's partitioner. Sources: https://openxla.org/shardy, and Xu et al. (2021), "GSPMD", section 3.1.
 */
import type { Block, Value } from './block.ts';
import { typeText } from './types.ts';
import type { Shape } from '@orrery/graph';

/** Devices along each named axis, the slowest first: { data: 4, tensor: 2 } has device 2 i + j at (i, j). */
export type Mesh = Readonly<Record<string, number>>;

/** For each dimension of an array, the axes of the mesh that it is cut along; none for one that every device has whole. */
export type Sharding = readonly (readonly string[])[];

/** Who reads the annotations: Shardy is XLA's default and Neuron's since SDK 2.30; GSPMD was it before. */
export type Partitioner = 'shardy' | 'gspmd';

export interface ShardingText {
  /** Lines that the module has before its function. */
  readonly declarations: readonly string[];
  /** Attribute of an argument or result. */
  attribute(sharding: Sharding): string;
  /** The value, which lies so from here on. */
  constrain(block: Block, value: Value, sharding: Sharding): Value;
}

/** Number of devices. */
export function deviceCount(mesh: Mesh): number {
  return Object.values(mesh).reduce((product, extent) => product * extent, 1);
}

/** @throws naming the array, when an axis is unknown or used twice, or does not divide its dimension */
export function checkSharding(what: string, sharding: Sharding, shape: Shape, mesh: Mesh): void {
  if (sharding.length !== shape.length) {
    throw new Error(
      `${what}: a sharding of ${sharding.length} dimensions for [${shape.join(', ')}]; give one each`,
    );
  }
  const used = sharding.flat();
  const unknown = used.find((axis) => !Object.hasOwn(mesh, axis));
  if (unknown !== undefined) {
    throw new Error(`${what}: the mesh has no axis "${unknown}"; it has ${Object.keys(mesh).join(', ')}`);
  }
  if (new Set(used).size < used.length)
    throw new Error(`${what}: an axis cuts two dimensions; name each once`);
  sharding.forEach((axes, i) => {
    const parts = axes.reduce((product, axis) => product * mesh[axis], 1);
    if (shape[i] % parts === 0) return;
    throw new Error(
      `${what}: dimension ${i} of [${shape.join(', ')}] is no multiple of ${parts} (${axes.join(' x ')}); ` +
        'cut another dimension, or fewer times',
    );
  });
}

export function shardingText(mesh: Mesh, partitioner: Partitioner): ShardingText {
  return partitioner === 'shardy' ? shardy(mesh) : gspmd(mesh);
}

function shardy(mesh: Mesh): ShardingText {
  const axes = Object.entries(mesh).map(([axis, extent]) => `${JSON.stringify(axis)}=${extent}`);
  const dimensions = (sharding: Sharding) =>
    `<@mesh, [${sharding.map((own) => `{${own.map((axis) => JSON.stringify(axis)).join(', ')}}`).join(', ')}]>`;
  return {
    declarations: [`sdy.mesh @mesh = <[${axes.join(', ')}]>`],
    attribute: (sharding) => `sdy.sharding = #sdy.sharding${dimensions(sharding)}`,
    constrain: (block, value, sharding) =>
      block.write(
        `sdy.sharding_constraint ${value.name} ${dimensions(sharding)} : ${typeText(value)}`,
        value,
      ),
  };
}

function gspmd(mesh: Mesh): ShardingText {
  const names = Object.keys(mesh);
  const devices = deviceCount(mesh);
  const text = (sharding: Sharding): string => {
    const used = sharding.flat().filter((axis) => mesh[axis] > 1);
    if (used.length === 0) return '{replicated}';
    const tiles = sharding.map((axes) => axes.reduce((product, axis) => product * mesh[axis], 1));
    const copies = devices / tiles.reduce((product, extent) => product * extent, 1);
    // Devices by the axes in the order in which they cut; those that cut nothing come last.
    const order = [...sharding.flat(), ...names.filter((axis) => !sharding.flat().includes(axis))];
    const permutation = order.map((axis) => names.indexOf(axis));
    const places = `<=[${names.map((axis) => mesh[axis]).join(',')}]T(${permutation.join(',')})`;
    const extents = copies > 1 ? [...tiles, copies] : tiles;
    return `{devices=[${extents.join(',')}]${places}${copies > 1 ? ' last_tile_dim_replicate' : ''}}`;
  };
  return {
    declarations: [],
    attribute: (sharding) => `mhlo.sharding = "${text(sharding)}"`,
    constrain: (block, value, sharding) =>
      block.write(
        `stablehlo.custom_call @Sharding(${value.name}) {mhlo.sharding = "${text(sharding)}"} : ` +
          `(${typeText(value)}) -> ${typeText(value)}`,
        value,
      ),
  };
}
