/**
 * Rollouts for tests of the viewer, in seconds and without training: the truth is simulated and rendered by the real
 * libraries, the "model" is a simulation whose gravity is wrong by 8 % from the first imagined frame on, and the
 * positions that would be parsed from frames are those that were drawn.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeArray, writeGroup } from '@orrery/dataset/node';
import { simulate } from '@orrery/physics';
import { key } from '@orrery/random';
import { createRenderer } from '@orrery/render';
import { bounce, trackedBodies, type Scene, type Vec3 } from '@orrery/scene';

export interface TestRollouts {
  readonly context: number;
  readonly horizon: number;
  readonly side: number;
  readonly scenes: readonly Scene[];
  readonly predictors: readonly string[];
  /** [R, T, H, W, 3] of "truth" and of each predictor */
  readonly rgb: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** [R, T, M, 3] m */
  readonly parsed: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** [R, T] m */
  readonly positionError: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
}

/** Writes `rollouts.zarr`, `scorecard.json` and `report.html` of one run. The same arguments give the same bytes. */
export async function writeTestRollouts(
  runFolder: string,
  {
    run,
    count = 3,
    context = 4,
    horizon = 20,
    side = 64,
  }: { run: string; count?: number; context?: number; horizon?: number; side?: number },
): Promise<TestRollouts> {
  const frames = context + horizon;
  const scenes = Array.from({ length: count }, (_, i) => bounce.sample(key(40 + i), bounce.config.parse({})));
  const tracked = trackedBodies(scenes[0]!);
  const bodies = scenes[0]!.bodies.length;
  const predictors = ['model', 'copy-last', 'linear'];
  const rgb: Record<string, Uint8Array<ArrayBuffer>> = {};
  const parsed: Record<string, Float32Array<ArrayBuffer>> = {};
  const psnr: Record<string, Float32Array<ArrayBuffer>> = {};
  const positionError: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const name of ['truth', ...predictors]) {
    rgb[name] = new Uint8Array(count * frames * side * side * 3);
    parsed[name] = new Float32Array(count * frames * tracked.length * 3);
    psnr[name] = new Float32Array(count * frames);
    positionError[name] = new Float32Array(count * frames);
  }
  const position = new Float32Array(count * frames * bodies * 3);
  const quaternion = new Float32Array(count * frames * bodies * 4);

  for (const [r, scene] of scenes.entries()) {
    const truth = simulate(scene, frames);
    position.set(truth.position, r * frames * bodies * 3);
    quaternion.set(truth.quaternion, r * frames * bodies * 4);
    const size = bodies * 3;
    const at = (t: number) => truth.position.subarray(t * size, (t + 1) * size);
    const wrong = simulate(resume(scene, truth, context - 1, 0.92), horizon + 1);
    const last = at(context - 1);
    const before = at(context - 2);
    const predicted: Record<string, (t: number) => Float64Array> = {
      truth: at,
      model: (t) => wrong.position.subarray((t - context + 1) * size, (t - context + 2) * size),
      'copy-last': () => last,
      linear: (t) => last.map((value, i) => value + (t - context + 1) * (value - before[i]!)),
    };
    const renderer = createRenderer(scene, { width: side, height: side });
    for (const name of ['truth', ...predictors])
      for (let t = 0; t < frames; t++) {
        const positions = t < context ? at(t) : predicted[name]!(t);
        const picture = renderer.render({
          position: positions,
          quaternion: quaternionAt(truth.quaternion, t, bodies),
        }).rgb;
        const frame = r * frames + t;
        rgb[name]!.set(picture, frame * picture.length);
        let sum = 0;
        for (const [m, body] of tracked.entries()) {
          const found = positions.subarray(body * 3, body * 3 + 3);
          const inSight = Math.abs(found[0]!) < 2.2 && found[2]! > -0.2 && found[2]! < 4.2;
          parsed[name]!.set(inSight ? found : [NaN, NaN, NaN], (frame * tracked.length + m) * 3);
          sum += Math.hypot(...[0, 1, 2].map((axis) => found[axis]! - at(t)[body * 3 + axis]!));
        }
        positionError[name]![frame] = sum / tracked.length;
        psnr[name]![frame] = decibels(picture, rgb.truth!.subarray(frame * picture.length));
      }
  }

  const root = join(runFolder, 'rollouts.zarr');
  const shape = [count, frames];
  const floats = (path: string, more: number[], data: Float32Array<ArrayBuffer>) =>
    writeArray(root, path, { shape: [...shape, ...more], dtype: 'float32', codec: 'gzip' }, data);
  await floats('truth/position', [bodies, 3], position);
  await floats('truth/quaternion', [bodies, 4], quaternion);
  for (const name of ['truth', ...predictors]) {
    const options = { shape: [...shape, side, side, 3], dtype: 'uint8', codec: 'gzip' } as const;
    await writeArray(root, `${name}/rgb`, options, rgb[name]!);
    await floats(`${name}/parsed`, [tracked.length, 3], parsed[name]!);
    if (name === 'truth') continue;
    await floats(`${name}/psnr`, [], psnr[name]!);
    await floats(`${name}/position_error`, [], positionError[name]!);
  }
  await writeGroup(root, '', {
    ...{ format: 'orrery.rollouts', version: 1, run, dataset: 'bounce', family: 'gravity 8 % off' },
    ...{ dt: scenes[0]!.dt, context, horizon, width: side, height: side, predictors, tracked },
    rollouts: scenes.map((scene, i) => ({ episode: 200 + 7 * i, start: 0, scene })),
  });
  await mkdir(runFolder, { recursive: true });
  const figure = { name: 'position_error', value: 0.12, unit: 'm', bound: null, holds: true };
  await writeFile(join(runFolder, 'scorecard.json'), JSON.stringify({ figures: [figure] }));
  await writeFile(
    join(runFolder, 'report.html'),
    '<!doctype html><title>report</title><p>the report of the run</p>',
  );
  return { context, horizon, side, scenes, predictors, rgb, parsed, positionError };
}

type Simulated = ReturnType<typeof simulate>;

/** The scene as it stands in frame `t`, with gravity scaled. */
function resume(
  scene: Scene,
  { position, velocity, quaternion, angularVelocity }: Simulated,
  t: number,
  gravity: number,
): Scene {
  const n = scene.bodies.length;
  const vector = (of: Float64Array, body: number) =>
    [...of.subarray((t * n + body) * 3, (t * n + body + 1) * 3)] as Vec3;
  return {
    ...scene,
    gravity: scene.gravity.map((g) => g * gravity) as Vec3,
    bodies: scene.bodies.map((body, i) => ({
      ...body,
      position: vector(position, i),
      quaternion: [...quaternionAt(quaternion, t, n).subarray(i * 4, i * 4 + 4)] as [
        number,
        number,
        number,
        number,
      ],
      velocity: vector(velocity, i),
      angularVelocity: vector(angularVelocity, i),
    })),
  };
}

function quaternionAt(quaternion: Float64Array, t: number, bodies: number): Float64Array {
  return quaternion.subarray(t * bodies * 4, (t + 1) * bodies * 4);
}

function decibels(a: Uint8Array, b: Uint8Array): number {
  const sum = a.reduce((total, value, i) => total + (value - b[i]!) ** 2, 0);
  return sum === 0 ? Infinity : -10 * Math.log10(sum / a.length / 255 ** 2);
}
