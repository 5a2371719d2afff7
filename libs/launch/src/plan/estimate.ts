/**
 * How long an update takes on a machine, between two bounds: a roofline (Williams, Waterman & Patterson, 2009).
 *
 * - at best: products at the peak that a real one reached, only they touch memory, and everything overlaps;
 * - at worst: every node reads and writes memory, and products, memory and collectives wait for each other.
 *
 * Neither is a measurement. What is not in it: latencies of kernels and of the network, input pipelines, compilation.
 */
import { peakOf, type Machine } from '../catalogue/catalogue.ts';
import type { Confidence, Figure, Peak } from '../catalogue/schema.ts';
import type { Demand, Tile } from './demand.ts';

/** [at best, at worst] */
export type Bounds = readonly [number, number];

export interface Estimate {
  readonly target: string;
  readonly nodes: number;
  readonly devices: number;
  /** What MFU is a fraction of, of one chip. */
  readonly peak: Peak;
  /** Needed bytes of a device as a fraction of what it has; more than 1 does not fit. */
  readonly memory: {
    readonly needed: number;
    readonly available: number;
    readonly fits: 'yes' | 'with fsdp' | 'no';
  };
  /** s */
  readonly step: Bounds;
  /** s of each part, at best and at worst */
  readonly parts: Readonly<Record<'products' | 'memory' | 'collectives', Bounds>>;
  /** Model FLOPs of a second, of one chip. */
  readonly tflops: Bounds;
  /** `tflops` as a fraction of `peak`. */
  readonly mfu: Bounds;
  readonly framesPerSecond: Bounds;
  /** Links between devices that the catalogue does not know: what goes through them counts as no time at all. */
  readonly uncounted: readonly string[];
  /** The worst confidence among the figures of the catalogue that it rests on. */
  readonly confidence: Confidence;
  readonly goal?: Goal;
}

export interface Goal {
  readonly frames: number;
  /** s */
  readonly time: Bounds;
  /** US dollars, by the cheapest and the dearest price of the catalogue; absent where it has none. */
  readonly cost?: Bounds;
  readonly prices: readonly string[];
  /** kWh of the chips alone; absent where their power is not known. */
  readonly energy?: Bounds;
}

/**
 * What an 8192^3 product of bf16 reached on an H200: 788 of 989 TFLOP/s. Taken for every chip: of the others, none
 * is published that names its conditions.
 */
export const productEfficiency = 0.8;

/** Sides of the matrix engines. */
const tiles: Readonly<Record<'neuron' | 'nvidia', Tile>> = {
  // A systolic array of 128 x 128, through which rows of any number move.
  neuron: { m: 128, k: 128, n: 1 },
  // wgmma m64nNk16 with N in steps of 8.
  nvidia: { m: 64, k: 16, n: 8 },
};

/** Kept free for programs, collectives and fragments. */
const RESERVE = 0.1;

export interface EstimateOptions {
  readonly nodes: number;
  /** Cores that act as one; the chip's default unless given. */
  readonly logicalCores?: number | undefined;
  /** Devices over which the state is cut; each holds all of it unless given. */
  readonly stateShards?: number | undefined;
  /** A peak by its id; the first of the precision unless given. */
  readonly peak?: string | undefined;
  /** Frames to learn from. */
  readonly frames?: number | undefined;
}

/**
 * @param demand of one device, which all of them have (weak scaling)
 * @throws when the chip has no such peak
 */
export function estimate(demand: Demand, machine: Machine, options: EstimateOptions): Estimate {
  const { chip, instance, name } = machine;
  const { nodes } = options;
  const together = options.logicalCores ?? chip.logicalCores.at(-1)!;
  const share = together / chip.cores;
  const devices = Math.floor(instance.chips / share) * nodes;
  const peak = choosePeak(machine, demand, options.peak);
  // Utilisation is told against the chosen peak; time depends on what the engine does, whatever it is called.
  const engine = peakOf(machine, demand.precision);
  const flopsPerSecond = engine.tflops.value * 1e12 * share;
  const bytesPerSecond = chip.bandwidth.value * 1e9 * share;

  const products: Bounds = [
    demand.tiledFlops(tiles[chip.kind]) / (flopsPerSecond * productEfficiency),
    demand.tiledFlops(tiles[chip.kind]) / (flopsPerSecond * productEfficiency),
  ];
  const moved: Bounds = [demand.fusedBytes / bytesPerSecond, demand.unfusedBytes / bytesPerSecond];
  const gathering = collectives(demand, machine, nodes, share);
  const step: Bounds = [Math.max(products[0], moved[0], gathering), products[1] + moved[1] + gathering];
  const speed = (seconds: number) => demand.modelFlops / seconds / share / 1e12;
  const tflops: Bounds = [speed(step[0]), speed(step[1])];
  const frames = demand.frames * devices;
  const resting = [engine.tflops, peak.tflops, chip.bandwidth, chip.memory, ...linksOf(machine, nodes)];
  return {
    ...{ target: name, nodes, devices, peak, step, tflops },
    memory: fit(demand, chip.memory.value * 2 ** 30 * share, devices, options.stateShards),
    parts: { products, memory: moved, collectives: [gathering, gathering] },
    mfu: [tflops[0] / peak.tflops.value, tflops[1] / peak.tflops.value],
    framesPerSecond: [frames / step[0], frames / step[1]],
    uncounted: unknownLinks(machine, nodes),
    confidence: worst(resting),
    ...(options.frames !== undefined && { goal: goalOf(options.frames, frames, step, machine, nodes) }),
  };
}

function choosePeak(machine: Machine, { precision }: Demand, id: string | undefined): Peak {
  if (id === undefined) return peakOf(machine, precision);
  const { peaks } = machine.chip;
  const found = peaks.find((peak) => peak.id === id);
  if (found) return found;
  const known = peaks.map((peak) => peak.id).join(', ');
  throw new Error(`peak "${id}": ${machine.name} has none of that name; known: ${known}`);
}

/**
 * s: gradients are added up over rings: the cores of a chip through its memory, then the chips of a machine, then machines.
 * Each member of a ring of n sends 2 (n - 1) / n of the bytes one way (Patarasuk & Yuan, 2009), as it receives as many.
 */
function collectives(demand: Demand, { instance, chip }: Machine, nodes: number, share: number): number {
  const { gradientBytes } = demand;
  const ring = (members: number, bytesPerSecond: number) =>
    ((2 * (members - 1)) / members) * (gradientBytes / bytesPerSecond);
  const inChip = ring(1 / share, chip.bandwidth.value * 1e9 * share);
  // Both directions together, of which a ring uses one.
  const inMachine = chip.link ? ring(instance.chips, (chip.link.value / 2) * 1e9) : 0;
  // One direction, of all adapters of a machine: each of its devices sends a part of what they have added up.
  const between = instance.network ? ring(nodes, (instance.network.value / 8) * 1e9) : 0;
  return inChip + inMachine + between;
}

function linksOf({ instance, chip }: Machine, nodes: number): Figure[] {
  const found = [instance.chips > 1 ? chip.link : undefined, nodes > 1 ? instance.network : undefined];
  return found.filter((figure) => figure !== undefined);
}

function unknownLinks({ instance, chip }: Machine, nodes: number): string[] {
  return [
    ...(instance.chips > 1 && !chip.link ? ['links between chips'] : []),
    ...(nodes > 1 && !instance.network ? ['network between machines'] : []),
  ];
}

function fit(demand: Demand, bytes: number, devices: number, shards = 1): Estimate['memory'] {
  const available = bytes * (1 - RESERVE);
  const cutOver = (parts: number) => demand.peakBytes - demand.stateBytes * (1 - 1 / parts);
  const needed = cutOver(shards);
  const fits = needed <= available ? 'yes' : cutOver(devices) <= available ? 'with fsdp' : 'no';
  return { needed, available, fits };
}

function goalOf(
  frames: number,
  framesPerStep: number,
  step: Bounds,
  { instance, chip }: Machine,
  nodes: number,
): Goal {
  const steps = Math.ceil(frames / framesPerStep);
  const time: Bounds = [steps * step[0], steps * step[1]];
  const hours = time.map((seconds) => (seconds / 3600) * nodes);
  const prices = instance.prices.map(({ value }) => value);
  const power = chip.power && (chip.power.value * instance.chips) / 1000;
  return {
    ...{ frames, time },
    ...(prices.length > 0 && { cost: [hours[0] * Math.min(...prices), hours[1] * Math.max(...prices)] }),
    prices: instance.prices.map(
      ({ value, terms, region, source, date }) =>
        `$${value}/h ${terms}${region ? ` in ${region}` : ''} (${source}, ${date})`,
    ),
    ...(power !== undefined && { energy: [hours[0] * power, hours[1] * power] }),
  };
}

function worst(figures: readonly Figure[]): Confidence {
  const order: readonly Confidence[] = ['assumed', 'secondary', 'published'];
  return order.find((confidence) => figures.some((figure) => figure.confidence === confidence)) ?? 'assumed';
}
