/** Table `phyworld`: errors of velocity in and out of the distribution that a model has learned from. */
import type { FitOptions, FitResult } from '@orrery/train';
import { addedProgress, inParallel } from '../in-parallel.ts';
import { requirePublishedData } from '../published-data.ts';
import {
  atMost,
  cell,
  type Cell,
  type Chart,
  type Column,
  type Row,
  type SanityRow,
} from '../results/schema.ts';
import type { Table, TableResults, TableRun } from '../table.ts';
import { CONTEXT, parsed, placeOf, velocityError, type Place } from './errors.ts';
import { pixelRecipe, trainPixelModel } from './pixel-model.ts';
import { drawnAndFound, PIXELS } from './pixels.ts';
import { inside, motions, testScenes, trainingScenes, type Motion, type Scene } from './scenes.ts';
import { recipe, trainStateModel } from './state-model.ts';

/** The authors leave out balls that are too small for their frames. */
const SMALLEST = 0.6;
/** m/s: what the authors' parser may be off by on the true frames, before any model. */
const FLOOR = 0.03;

const places: readonly Place[] = ['inside', 'radius', 'speed', 'both'];
const columns: readonly Column[] = (
  [
    ['inside', 'in distribution'],
    ['radius', 'radius out'],
    ['speed', 'speed out'],
    ['both', 'both out'],
  ] as const
).map(([name, label]) => ({ name, label, unit: 'm/s', digits: 4, scientific: false }));

/** Test scenes of each place that a model of pixels is judged on, spread evenly: it takes a hundred times as long. */
const IMAGINED = 100;

type Training = Partial<Pick<FitOptions, 'threads' | 'budget' | 'signal' | 'onProgress'>>;

interface Trained {
  readonly parameters: number;
  readonly fitted: FitResult;
  imagine(scenes: readonly Scene[]): Promise<Float64Array[]>;
}

interface Kind {
  readonly train: (scenes: readonly Scene[], seed: number, options: Training) => Promise<Trained>;
  readonly steps: number;
  /** Its share of a seed's time. */
  readonly weight: number;
  readonly judged: (scenes: readonly Scene[], motion: Motion) => readonly Scene[];
}

const kinds = {
  MLP: {
    train: (scenes, seed, options) => trainStateModel(scenes, 'displacement', seed, options),
    ...{ steps: recipe.steps, weight: 1, judged: (scenes) => scenes },
  },
  'MLP of changes': {
    train: (scenes, seed, options) => trainStateModel(scenes, 'change', seed, options),
    ...{ steps: recipe.steps, weight: 1, judged: (scenes) => scenes },
  },
  'residual convolution': {
    train: trainPixelModel,
    ...{ steps: pixelRecipe.steps, weight: 10, judged: someOfEach },
  },
} as const satisfies Record<string, Kind>;
type KindName = keyof typeof kinds;
const kindNames = Object.keys(kinds) as KindName[];

export const phyworldTable: Table = {
  name: 'phyworld',
  description:
    'uniform motion, parabola and collision, in and out of distribution, from states and from pixels',
  source:
    'Kang et al. (ICML 2025, arXiv 2411.02385); scenes and metric of github.com/phyworld/phyworld, their Box2D in double precision',
  duration: '15 minutes',
  run,
};

interface Job {
  readonly motion: Motion;
  readonly kind: KindName;
  readonly seed: number;
}

const nameOf = ({ motion, kind, seed }: Job) => `${motion} ${kind} seed ${seed}`;

interface Measured extends Pick<FitResult, 'steps' | 'seconds' | 'flops'> {
  readonly parameters: number;
  readonly errors: Errors;
}

interface Errors extends Readonly<Record<Place, number>> {
  /** Of one ball with a radius as in training: means over scenes of nearly the same speed, [m/s, m/s]. */
  readonly bySpeed: readonly (readonly [speed: number, error: number])[];
}

async function run(options: TableRun): Promise<TableResults> {
  const { seeds, budget, cores, signal, part, onSanity, onMeasured, onProgress } = options;
  const scenes = new Map(
    motions.map((motion) => [motion, { training: trainingScenes(motion), test: judged(testScenes(motion)) }]),
  );
  const sanity = motions.flatMap((motion) =>
    examine(motion, scenes.get(motion)!.training, scenes.get(motion)!.test),
  );
  onSanity?.(sanity);
  requirePublishedData('phyworld', sanity, ({ group }) => `the scenes of ${group}`);

  const jobs = motions.flatMap((motion) =>
    kindNames.flatMap((kind) => seeds.map((seed): Job => ({ motion, kind, seed }))),
  );
  const total = jobs.reduce((sum, { kind }) => sum + kinds[kind].steps, 0);
  const weights = jobs.reduce((sum, { kind }) => sum + kinds[kind].weight, 0) / seeds.length;
  const progress = addedProgress(total, nameOf, onProgress);
  const measure = async (job: Job): Promise<Measured> => {
    const { training, test } = scenes.get(job.motion)!;
    const { train, weight, judged } = kinds[job.kind];
    const { parameters, fitted, imagine } = await train(training, job.seed, {
      ...{ threads: 1, signal },
      // A seed's trainings share its time by their work, as many at once as there are cores.
      budget: budget === undefined ? undefined : (budget * cores * weight) / weights,
      onProgress: ({ step }) => progress(job, step),
    });
    const { steps, seconds, flops } = fitted;
    const seen = judged(test, job.motion);
    return { parameters, steps, seconds, flops, errors: errorsOf(job.motion, seen, await imagine(seen)) };
  };
  const measured = await inParallel(jobs, cores, async (job) => {
    const found = await part(nameOf(job).replaceAll(' ', '-'), () => measure(job));
    progress(job, kinds[job.kind].steps);
    const { inside: within, both } = found.errors;
    onMeasured?.(`${nameOf(job)}: velocity error ${within.toFixed(4)} m/s in, ${both.toFixed(4)} m/s out`);
    return found;
  });

  const of = (motion: Motion, kind: KindName) =>
    measured.filter((_, i) => jobs[i].motion === motion && jobs[i].kind === kind);
  const rows = motions.flatMap((motion) => {
    const { test } = scenes.get(motion)!;
    const fixed = (name: string, path: (scene: Scene) => Float64Array): Row => ({
      ...{ group: motion, name },
      cells: cellsOf([errorsOf(motion, test, test.map(path))]),
    });
    return [
      fixed('truth, parsed from frames', parsed),
      fixed(`truth, parsed at ${PIXELS} pixels`, drawnAndFound),
      fixed('constant velocity', goesOn),
      ...kindNames.map((kind) => modelRow(motion, kind, of(motion, kind))),
    ];
  });
  return {
    config: {
      ...{ contextFrames: CONTEXT, inside, schedule: 'cosine' },
      states: { ...recipe, optimizer: 'adam' },
      pixels: { ...pixelRecipe, family: 'residual-conv', size: PIXELS, optimizer: 'muon' },
    },
    ...{ columns, sanity, rows, remarks },
    charts: motions
      .filter((motion) => motion !== 'collision')
      .map((motion) => speedChart(motion, (kind) => of(motion, kind))),
    figures: rows
      .filter(({ name }) => name.startsWith('truth, parsed'))
      .map(({ group, name, cells }) =>
        atMost(`${group}: metric floor, ${name}`, cells.inside.mean, 'm/s', FLOOR),
      ),
  };
}

const judged = (scenes: readonly Scene[]) =>
  scenes.filter(({ radii }) => radii.length > 1 || radii[0] >= SMALLEST);

/** The second conditioning frame to the third, on and on. */
export function goesOn({ radii, positions }: Scene): Float64Array {
  const width = radii.length * 2;
  const path = positions.slice();
  for (let i = CONTEXT * width; i < path.length; i++) path[i] = 2 * path[i - width] - path[i - 2 * width];
  return path;
}

/** Means over the scenes of each place that can be judged. @param paths [32, balls, 2] m each */
function errorsOf(motion: Motion, scenes: readonly Scene[], paths: readonly Float64Array[]): Errors {
  const judgements = scenes
    .map((scene, i) => ({
      place: placeOf(scene, inside[motion]),
      speed: scene.speeds[0],
      error: velocityError(scene, paths[i]),
    }))
    .filter(({ error }) => !Number.isNaN(error));
  const meanOf = (some: typeof judgements) => some.reduce((sum, { error }) => sum + error, 0) / some.length;
  const mean = (place: Place) => meanOf(judgements.filter((found) => found.place === place));
  const known = judgements.filter(({ place }) => place === 'inside' || place === 'speed');
  const bySpeed = Map.groupBy(known, ({ speed }) => Math.floor(speed / SPEED_BIN));
  return {
    ...{ inside: mean('inside'), radius: mean('radius'), speed: mean('speed'), both: mean('both') },
    bySpeed: [...bySpeed]
      .sort(([a], [b]) => a - b)
      .map(([bin, some]) => [(bin + 0.5) * SPEED_BIN, meanOf(some)] as const),
  };
}

/** m/s: scenes whose speeds are closer make one point of the chart. */
const SPEED_BIN = 0.25;

/** As many scenes of each place as a model of pixels has time for, spread evenly over them. */
function someOfEach(scenes: readonly Scene[], motion: Motion): readonly Scene[] {
  const of = Map.groupBy(scenes, (scene) => placeOf(scene, inside[motion]));
  return [...of.values()].flatMap((own) => own.filter((_, i) => i % Math.ceil(own.length / IMAGINED) === 0));
}

/** Error by speed, for radii as in training: what was learned from stands in the middle. */
function speedChart(motion: Motion, of: (kind: KindName) => readonly Measured[]): Chart {
  const [low, high] = inside[motion].speed;
  return {
    name: `speed-${motion}`,
    title: `${motion}: velocity error by speed (learned from ${low} to ${high} m/s)`,
    xLabel: 'speed, m/s',
    yLabel: 'velocity error, m/s (log scale)',
    logarithmic: true,
    series: kindNames.map((name) => {
      const seeds = of(name).map(({ errors }) => errors.bySpeed);
      return {
        name,
        points: seeds[0].map(([speed], i): [number, number] => [
          speed,
          Number((seeds.reduce((sum, points) => sum + points[i][1], 0) / seeds.length).toPrecision(4)),
        ]),
      };
    }),
  };
}

function cellsOf(seeds: readonly Errors[]): Record<string, Cell> {
  return Object.fromEntries(places.map((place) => [place, cell(seeds.map((errors) => errors[place]))]));
}

function modelRow(motion: Motion, kind: KindName, found: readonly Measured[]): Row {
  const stopped = Math.min(...found.map(({ steps }) => steps));
  return {
    ...{ group: motion, name: kind, parameters: found[0].parameters, trainingFlops: found[0].flops },
    seconds: found.reduce((sum, { seconds }) => sum + seconds, 0) / found.length,
    ...(stopped < kinds[kind].steps && { stoppedAt: stopped }),
    cells: cellsOf(found.map(({ errors }) => errors)),
  };
}

function examine(motion: Motion, training: readonly Scene[], test: readonly Scene[]): SanityRow[] {
  const check = (name: string, value: number, expected: string | null, holds = true): SanityRow => ({
    ...{ group: motion, name, value, expected, holds },
  });
  const grid = motion === 'collision' ? 8 * 8 * 21 * 21 : 30_000;
  const own = test
    .map((scene) => velocityError(scene, scene.positions))
    .filter((error) => !Number.isNaN(error));
  const largest = Math.max(...own);
  const counts = places.map(
    (place) => test.filter((scene) => placeOf(scene, inside[motion]) === place).length,
  );
  return [
    motion === 'collision'
      ? check(
          'training scenes',
          training.length,
          `<= ${grid}, less what cannot be placed`,
          training.length <= grid,
        )
      : check('training scenes', training.length, `${grid}`, training.length === grid),
    ...counts.map((count, i) => check(`test scenes, ${columns[i].label}`, count, '> 0', count > 0)),
    check('largest velocity error of the truth', largest, '<= 1e-9 m/s', largest <= 1e-9),
  ];
}

const remarks: readonly string[] = [
  'No row of the paper stands beside these: its models are diffusion transformers of 22 to 456 million parameters on pixels, with errors of the order of 0.01 m/s in distribution and of ten times that out of it (from memory), and what is compared is that gap. The first two rows are the metric’s own error: the authors’ parser and that of the model’s smaller frames, given the true ones.',
  'Velocity error as the authors’ evaluation computes it on the frames after the context in which all balls are inside: for one ball |mean of its horizontal velocity - its speed|, for two the mean error of their velocities after they met. “MLP” says the next displacement, “MLP of changes” what is added to the last one; both see positions in three frames and radii, and go on from their own predictions. “Residual convolution” is the [family](../../libs/models/src/residual-conv/README.md) of that name: it sees three frames of 32 pixels a side and goes on from its own, in which the balls are found by their colour; a ball that is not found stays where it was. It is judged on at most 100 scenes of each column.',
  'Balls smaller than 0.6 m are left out where they are alone, as the authors do. In collisions slower than 1 m/s nothing bounces: Box2D’s threshold, which these scenes keep.',
];
