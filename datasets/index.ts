/** The datasets that can be named on a command line, one for each scene. */
import type { DatasetDefinition } from '@orrery/dataset';
import { arm } from './arm/spec.ts';
import { billiards } from './billiards/spec.ts';
import { bounce } from './bounce/spec.ts';
import { collision } from './collision/spec.ts';
import { conveyor } from './conveyor/spec.ts';
import { dominoes } from './dominoes/spec.ts';
import { doublePendulum } from './double-pendulum/spec.ts';
import { game } from './game/spec.ts';
import { nbody } from './nbody/spec.ts';
import { occluder } from './occluder/spec.ts';
import { parabola } from './parabola/spec.ts';
import { pendulum } from './pendulum/spec.ts';
import { push } from './push/spec.ts';
import { ramp } from './ramp/spec.ts';
import { stack } from './stack/spec.ts';
import { uniform } from './uniform/spec.ts';
import { vehicle } from './vehicle/spec.ts';

export const datasets: Readonly<Record<string, DatasetDefinition>> = {
  uniform,
  parabola,
  collision,
  bounce,
  billiards,
  stack,
  dominoes,
  ramp,
  pendulum,
  'double-pendulum': doublePendulum,
  nbody,
  occluder,
  push,
  arm,
  vehicle,
  conveyor,
  game,
};
