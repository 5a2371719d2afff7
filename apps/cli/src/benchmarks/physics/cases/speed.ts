/** Steps a second: the same scene and step in each engine, timed in turns so that load on the machine falls on all. */
import { key } from '@orrery/random';
import { sceneDefinition, type Scene } from '@orrery/scene';
import { median } from '../../figure.ts';
import type { Engine, Run } from '../engine.ts';
import { ball, box, floor, mechanics, type Piece } from '../scene.ts';

export interface SpeedScene {
  readonly name: string;
  /** Run one after the other. */
  readonly scenes: readonly Scene[];
}

/** Columns of bodies that fall on a floor, bump into one another and come to rest. */
function heap(count: number, piece: (position: [number, number, number]) => Piece): Scene {
  const side = Math.max(2, Math.ceil(Math.sqrt(count / 4)));
  const pieces = Array.from({ length: count }, (_, i) => {
    const layer = Math.floor(i / (side * side));
    const [column, row] = [i % side, Math.floor(i / side) % side];
    return piece([0.6 * column + 0.03 * layer, 0.6 * row + 0.02 * layer, 0.5 + 0.7 * layer]);
  });
  return mechanics([floor, ...pieces], { restitution: 0.3, friction: 0.5 });
}

const spheres = (count: number) => ({
  name: `${count} spheres`,
  scenes: [heap(count, (position) => ball(0.25, 1, { position }))],
});
const boxes = (count: number) => ({
  name: `${count} boxes`,
  scenes: [heap(count, (position) => box([0.2, 0.2, 0.2], 1, { position }))],
});
/** Draws of a shipped scene: one may be easy, another hard. */
const DRAWS = 12;
/** The first episodes of a dataset. */
const shipped = (name: string) => {
  const definition = sceneDefinition(name);
  const config = definition.config.parse({});
  return { name, scenes: Array.from({ length: DRAWS }, (_, seed) => definition.sample(key(seed), config)) };
};

export const speedScenes = (): SpeedScene[] => [
  ...[10, 50, 200].map(spheres),
  ...[10, 50].map(boxes),
  ...['bounce', 'billiards', 'stack', 'dominoes'].map(shipped),
];

const SECONDS = 4;
const ROUNDS = 7;
/** Each engine runs for so long before it is timed, s: the compiler takes some thousand steps to get to know them. */
const WARM_UP = 1.5;

/**
 * @returns steps a second of each engine, the median of several runs of 4 s of simulated time of each scene
 */
export function stepsPerSecond({ scenes }: SpeedScene, engines: readonly Engine[]): number[] {
  const frames = ({ dt }: Scene) => Math.round(SECONDS / dt);
  const run = (engine: Engine): number => {
    let time = 0;
    for (const scene of scenes) {
      const started = engine.start(scene, 'speed')!;
      time += timed(started, frames(scene));
      started.close();
    }
    return time;
  };
  for (const engine of engines) for (let time = 0; time < WARM_UP;) time += run(engine);
  const times = engines.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) engines.forEach((engine, i) => times[i]!.push(run(engine)));
  const steps = scenes.reduce((sum, scene) => sum + frames(scene) * scene.substeps, 0);
  return times.map((list) => steps / median(list));
}

function timed(run: Run, frames: number): number {
  const start = performance.now();
  for (let frame = 0; frame < frames; frame++) run.step();
  return (performance.now() - start) / 1000;
}
