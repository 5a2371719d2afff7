/** Where the time of a frame goes: each stage of generation alone, on one core. */
import { createHash } from 'node:crypto';
import { createArray } from '@orrery/dataset/node';
import { simulate, type Trajectory } from '@orrery/physics';
import { foldIn, key } from '@orrery/random';
import { createFrame, createRenderer, type Poses } from '@orrery/render';
import { sceneDefinition, type Scene } from '@orrery/scene';

export interface Stage {
  readonly name: string;
  /** Microseconds of CPU time a frame. */
  readonly microseconds: number;
}

/** What a picture of `size` x `size` pixels costs in the scene "bounce" with `balls` balls. */
export interface RenderCost {
  readonly size: number;
  readonly balls: number;
  /** Microseconds of CPU time a frame. */
  readonly microseconds: number;
  /** Share of the pixels that show a ball. */
  readonly covered: number;
}

const EPISODES = 12;
const CHUNK = 10;

const posesAt = ({ bodies, position, quaternion }: Trajectory, frame: number): Poses => ({
  position: position.subarray(3 * bodies * frame, 3 * bodies * (frame + 1)),
  quaternion: quaternion.subarray(4 * bodies * frame, 4 * bodies * (frame + 1)),
});

/** @param folder an empty folder for the arrays that are written */
export async function measureStages(frames: number, folder: string): Promise<Stage[]> {
  const size = 64;
  const pixels = size * size;
  const [rows, chunks] = [EPISODES, frames / CHUNK];
  const rgb = new Uint8Array(rows * frames * pixels * 3);
  const depth = new Float32Array(rows * frames * pixels);
  const segmentation = new Uint8Array(rows * frames * pixels);
  const part = <A extends Uint8Array | Float32Array>(values: A, frame: number, each: number) =>
    values.subarray(frame * pixels * each, (frame + 1) * pixels * each) as A;

  const draw = () => drawScenes(rows, 3);
  const run = (scenes: Scene[]) => scenes.map((scene) => simulate(scene, frames));
  const render = (scenes: Scene[], trajectories: Trajectory[]) =>
    scenes.forEach((scene, e) => {
      const renderer = createRenderer(scene, { width: size, height: size });
      for (let t = 0; t < frames; t++) {
        const frame = e * frames + t;
        renderer.render(posesAt(trajectories[e]!, t), {
          ...{ width: size, height: size },
          rgb: part(rgb, frame, 3),
          depth: part(depth, frame, 1),
          segmentation: part(segmentation, frame, 1),
        });
      }
    });
  const hash = () => {
    for (const values of [rgb, depth, segmentation])
      createHash('sha256').update(new Uint8Array(values.buffer)).digest();
  };
  const write = async () => {
    for (const [name, dtype, data, rest] of [
      ['rgb', 'uint8', rgb, [size, size, 3]],
      ['depth', 'float32', depth, [size, size]],
      ['segmentation', 'uint8', segmentation, [size, size]],
    ] as const) {
      const writer = await createArray(folder, name, {
        ...{ dtype, shape: [rows, frames, ...rest], chunk: [1, CHUNK, ...rest], codec: 'gzip' },
        shard: [rows, chunks * CHUNK, ...rest],
      });
      await writer.writeShard([0, ...[frames, ...rest].map(() => 0)], data as never);
    }
  };

  const scenes = draw();
  const trajectories = run(scenes);
  // Once to warm up, then the faster of two.
  const stages: readonly [string, () => unknown][] = [
    ['draw scenes', draw],
    ['simulate', () => run(scenes)],
    ['render', () => render(scenes, trajectories)],
    ['checksums', hash],
    ['compress and write', write],
  ];
  const measured: Stage[] = [];
  for (const [name, work] of stages) {
    await work();
    const times = [await cpuSeconds(work), await cpuSeconds(work)];
    measured.push({ name, microseconds: (1e6 * Math.min(...times)) / (rows * frames) });
  }
  return measured;
}

/** What a frame costs by its size and by the number of bodies in it. */
export async function measureRendering(frames: number): Promise<RenderCost[]> {
  const costs: RenderCost[] = [];
  for (const [size, balls] of [
    ...[32, 64, 128, 256].map((size) => [size, 3] as const),
    ...[1, 2, 5].map((balls) => [64, balls] as const),
  ]) {
    const scenes = drawScenes(2, balls);
    const trajectories = scenes.map((scene) => simulate(scene, frames));
    const frame = createFrame({ width: size, height: size });
    let covered = 0;
    const work = () => {
      covered = 0;
      scenes.forEach((scene, e) => {
        const renderer = createRenderer(scene, { width: size, height: size });
        for (let t = 0; t < frames; t++) renderer.render(posesAt(trajectories[e]!, t), frame);
        const isBall = scene.bodies.map(({ shape }) => shape.kind === 'sphere');
        for (const id of frame.segmentation) if (id > 0 && isBall[id - 1]) covered++;
      });
    };
    work();
    const seconds = Math.min(await cpuSeconds(work), await cpuSeconds(work));
    costs.push({
      ...{ size, balls, microseconds: (1e6 * seconds) / (scenes.length * frames) },
      covered: covered / (scenes.length * size * size),
    });
  }
  return costs;
}

function drawScenes(count: number, balls: number): Scene[] {
  const definition = sceneDefinition('bounce');
  const config = definition.config.parse({ balls });
  return Array.from({ length: count }, (_, episode) => definition.sample(foldIn(key(0), episode), config));
}

async function cpuSeconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
