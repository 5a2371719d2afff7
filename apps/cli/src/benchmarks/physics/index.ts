/** `orrery bench physics`: our physics beside cannon-es and Rapier, each case against closed-form mechanics. */
import type { Figure } from '../../output.ts';
import { atLeast, figure } from '../figure.ts';
import { loadCannon } from './cannon-engine.ts';
import type { Case } from './case.ts';
import { bouncing } from './cases/bouncing.ts';
import { further } from './cases/further.ts';
import { headOn } from './cases/head-on.ts';
import { momentum } from './cases/momentum.ts';
import { pendulum } from './cases/pendulum.ts';
import { slope, stopping } from './cases/sliding.ts';
import { speedScenes, stepsPerSecond } from './cases/speed.ts';
import { tower } from './cases/tower.ts';
import { wall } from './cases/wall.ts';
import type { Engine } from './engine.ts';
import { orreryEngine } from './orrery-engine.ts';
import { loadRapier } from './rapier-engine.ts';

const cases: readonly Case[] = [headOn, bouncing, stopping, slope, wall, tower, momentum, pendulum, further];
const SPEED = 'speed';
export const caseNames: readonly string[] = [...cases.map(({ name }) => name), SPEED];

/** A figure of ours with what the other engines reach; null where one cannot run the case. */
export interface PhysicsFigure extends Figure {
  readonly case: string;
  readonly peers: Readonly<Record<string, number | null>>;
}

export interface PhysicsReport {
  readonly engines: readonly Pick<Engine, 'name' | 'version' | 'setting'>[];
  readonly figures: readonly PhysicsFigure[];
}

/**
 * @param only name of one case; all of them without it
 * @param onCase is called before each case with its name and title
 * @throws Error where an engine that we compare with is not installed
 */
export async function benchPhysics(
  only: string | undefined,
  onCase: (name: string, title: string) => void,
): Promise<PhysicsReport> {
  const engines = [orreryEngine, await loadCannon(), await loadRapier()] as const;
  const [ours, ...others] = engines;
  const figures: PhysicsFigure[] = [];
  for (const { name, title, measures } of cases) {
    if (only !== undefined && only !== name) continue;
    onCase(name, title);
    for (const { name: what, unit, bound, measure } of measures) {
      const value = measure(ours) ?? null;
      const peers = Object.fromEntries(others.map((peer) => [peer.name, measure(peer) ?? null]));
      const holds = bound === null || (value !== null && bound.holds(value));
      figures.push({
        ...{ name: `${name}: ${what}`, case: name },
        value,
        unit,
        bound: bound?.text ?? null,
        holds,
        peers,
      });
    }
  }
  if (only === undefined || only === SPEED) {
    onCase(
      SPEED,
      'steps a second: heaps at dt 1/60 with one step a frame, and scenes of datasets at their own',
    );
    figures.push(...speedFigures(engines));
  }
  return { engines: engines.map(({ name, version, setting }) => ({ name, version, setting })), figures };
}

function speedFigures(engines: readonly Engine[]): PhysicsFigure[] {
  return speedScenes().flatMap((scene) => {
    const { name } = scene;
    const [ours, cannon, rapier] = stepsPerSecond(scene, engines) as [number, number, number];
    return [
      {
        ...figure(`speed: ${name}`, ours, 'steps/s'),
        ...{ case: SPEED, peers: { 'cannon-es': cannon, rapier } },
      },
      {
        ...figure(`speed: ${name}, ours to cannon-es`, ours / cannon, 'x', atLeast(1)),
        ...{ case: SPEED, peers: { 'cannon-es': 1, rapier: rapier / cannon } },
      },
    ];
  });
}
