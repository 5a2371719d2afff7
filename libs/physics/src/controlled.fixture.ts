/** What the scripted policies of the controlled scenes are after, and how well an episode went. */
import {
  rotate,
  sceneDefinition,
  shiftConfig,
  type Body,
  type Quaternion,
  type Scene,
  type SceneDefinition,
} from '@orrery/scene';
import { positionOf } from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';
import type { Trajectory } from './trajectory.ts';

export interface Aim {
  /** Length of an episode. */
  readonly frames: number;
  /** From 0 to 1. */
  score(scene: Scene, t: Trajectory): number;
}

const indexOf = (scene: Scene, wanted: string) => scene.bodies.findIndex(({ name }) => name === wanted);
const apart = (a: readonly number[], b: readonly number[]) =>
  Math.sqrt(a.reduce((sum, c, i) => sum + (c - b[i]!) * (c - b[i]!), 0));
/** Red, yellow, magenta, rose and violet have red in them; green, blue, cyan, azure and spring have next to none. */
const isWarm = ({ color }: Body) => color[0] > 0.3;

export const aims: Readonly<Record<string, Aim>> = {
  /** Whether the chosen block ends at the goal. */
  push: {
    frames: 140,
    score(scene, t) {
      const [x, y] = positionOf(t, -1, 1 + scene.factors['chosen']!);
      const [goalX, goalY] = positionOf(t, -1, indexOf(scene, 'goal'));
      return Number(apart([x, y], [goalX, goalY]) < 0.08);
    },
  },
  /** Whether the tip ends at the goal. */
  arm: {
    frames: 80,
    score(scene, t) {
      const link = indexOf(scene, 'blue');
      const { shape } = scene.bodies[link]!;
      const at = 4 * ((t.frames - 1) * t.bodies + link);
      const quaternion = [...t.quaternion.subarray(at, at + 4)] as Quaternion;
      const [dx, , dz] = rotate(quaternion, [0, 0, shape.kind === 'capsule' ? shape.halfLength : NaN]);
      const [x, , z] = positionOf(t, -1, link);
      const [goalX, , goalZ] = positionOf(t, -1, indexOf(scene, 'goal'));
      return Number(apart([x + dx, z + dz], [goalX, goalZ]) < 0.1);
    },
  },
  /** Share of the waypoints that the vehicle passes at less than half a metre. */
  vehicle: {
    frames: 160,
    score(scene, t) {
      const waypoints = [...scene.bodies.keys()].filter((i) => scene.bodies[i]!.name.startsWith('waypoint'));
      const passed = waypoints.filter((waypoint) => {
        const [goalX, goalY] = positionOf(t, 0, waypoint);
        return Array.from({ length: t.frames }, (_, f) => positionOf(t, f, 0)).some(
          ([x, y]) => apart([x, y], [goalX, goalY]) < 0.5,
        );
      });
      return passed.length / waypoints.length;
    },
  },
  /** Share of the boxes that end where their kind belongs. */
  conveyor: {
    frames: 200,
    score(scene, t) {
      const boxes = scene.bodies.slice(0, scene.factors['boxes']);
      const sorted = boxes.filter((box, i) => {
        const [x, y] = positionOf(t, -1, i);
        return isWarm(box) ? y > 0.3 && x < 0.55 : x > 0.55 && Math.abs(y) < 0.55;
      });
      return sorted.length / boxes.length;
    },
  },
  /** Share of the ball's visits to the ends in which a paddle returned it, instead of letting it pass. */
  game: {
    frames: 160,
    score(scene, t) {
      let [returned, missed] = [0, 0];
      for (let f = 1; f < t.frames; f++) {
        const [before, now] = [positionOf(t, f - 1, 0)[0], positionOf(t, f, 0)[0]];
        if (Math.abs(before) <= 1.7 && Math.abs(now) > 1.7) missed++;
        const paddles = ['left', 'right'].map((name) => indexOf(scene, name));
        returned += t.contacts[f]!.filter(
          ({ bodyA, bodyB }) => bodyA === 0 && paddles.includes(bodyB),
        ).length;
      }
      return returned / (returned + missed);
    },
  },
};

/** The scene of a seed; with the name of a factor, from outside its range. */
export function sceneOf(definition: SceneDefinition, seed: number, shifted?: string): Scene {
  const config = definition.config.parse({});
  return definition.sample([11, seed], shifted ? shiftConfig(definition, config, shifted) : config);
}

/** The mean score of a policy over the seeds from 0 to `seeds`. */
export function meanScore(name: string, policy: 'scripted' | 'random', seeds: number): number {
  const definition = sceneDefinition(name);
  let sum = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const scene = sceneOf(definition, seed);
    const controller = definition.policies![policy](scene, [12, seed]);
    sum += aims[name]!.score(scene, simulate(scene, aims[name]!.frames, controller));
  }
  return sum / seeds;
}
