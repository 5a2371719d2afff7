/** `orrery bench generate`: how fast ground truth is made, stored and read, beside three.js. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetSpecSchema } from '@orrery/dataset';
import { datasets } from '@orrery/datasets';
import { simulate } from '@orrery/physics';
import { foldIn, key } from '@orrery/random';
import { sceneDefinition } from '@orrery/scene';
import type { Figure } from '../../output.ts';
import { atLeast, atMost, figure } from '../figure.ts';
import { CLIP_FRAMES, measureClips } from './clips.ts';
import { measureRendering, measureStages } from './stages.ts';
import { measureThree } from './three-peer.ts';
import { measureGeneration, type Throughput } from './throughput.ts';

export interface GenerateReport {
  /** Worker threads, one a core. */
  readonly cores: number;
  readonly figures: readonly Figure[];
  /** What three.js drew with, or why it was not measured. */
  readonly three: string;
}

export interface GenerateBenchOptions {
  /** Episodes of the largest dataset that is made; two smaller ones have a half and a quarter of them. */
  readonly episodes: number;
  /** Called before each part with what comes. */
  readonly onPart: (what: string) => void;
}

const THREE_FRAMES = 300;

export async function benchGenerate({ episodes, onPart }: GenerateBenchOptions): Promise<GenerateReport> {
  const cores = availableParallelism();
  const folder = await mkdtemp(join(tmpdir(), 'orrery-bench-'));
  try {
    const runs: Throughput[] = [];
    const full = datasets['bounce']!.sizes['full']!;
    for (const count of [episodes / 4, episodes / 2, episodes].map(Math.ceil)) {
      onPart(`generating ${count} episodes of ${full.frames} frames on ${cores} cores`);
      const spec = datasetSpecSchema.parse({ ...full, episodes: { train: count - 1, test: 1 } });
      runs.push(await measureGeneration({ spec, folder: join(folder, `${count}`), workers: cores }));
    }
    const largest = runs.at(-1)!;
    const perSecond = largest.frames / largest.seconds;
    onPart(`reading random clips of ${CLIP_FRAMES} frames`);
    const clips = await measureClips(join(folder, `${episodes}`));
    onPart('the stages of generation, one by one');
    const stages = await measureStages(full.frames, join(folder, 'stages'));
    onPart('rendering pictures of other sizes and with other numbers of balls');
    const costs = await measureRendering(full.frames);
    onPart('three.js in headless Chromium');
    const three = await threeFigures(perSecond, full.frames);

    const memory = largest.peakMemory / runs[0]!.peakMemory;
    const figures: Figure[] = [
      figure(`generation: frames to disk on ${cores} cores`, perSecond, 'frames/s', atLeast(2000 * cores)),
      figure('generation: frames a second of CPU time', largest.frames / largest.cpuSeconds, 'frames/s'),
      figure('generation: bytes on disk', largest.stored / largest.frames, 'B/frame'),
      ...three.figures,
      ...runs.map(({ frames, peakMemory }) =>
        figure(`memory: peak for ${frames} frames`, peakMemory / 2 ** 20, 'MiB'),
      ),
      figure('memory: largest to smallest dataset', memory, 'x', atMost(1.25)),
      figure(`clips: frames read a core`, clips, 'frames/s', atLeast(5000)),
      ...stages.map(({ name, microseconds }) => figure(`stage: ${name}`, microseconds, 'us/frame')),
      ...costs.map(({ size, balls, microseconds, covered }) =>
        figure(
          `rendering: ${size}x${size}, ${balls} balls, ${Math.round(100 * covered)} % covered`,
          microseconds,
          'us/frame',
        ),
      ),
    ];
    return { cores, figures, three: three.note };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Ours to disk beside three.js that only draws and reads back; without it where it cannot run. */
async function threeFigures(
  ours: number,
  frames: number,
): Promise<{ figures: readonly Figure[]; note: string }> {
  const definition = sceneDefinition('bounce');
  const scene = definition.sample(foldIn(key(0), 0), definition.config.parse({}));
  try {
    const three = await measureThree(scene, simulate(scene, frames), 64, THREE_FRAMES);
    return {
      figures: [
        figure('three.js: frames drawn and read back', three.framesPerSecond, 'frames/s'),
        figure('generation to three.js', ours / three.framesPerSecond, 'x', atLeast(20)),
      ],
      note: `three.js r${three.revision}, WebGL in headless Chromium on ${three.device}, shadows, 4 samples a pixel`,
    };
  } catch (error) {
    return { figures: [], note: `three.js was not measured: ${(error as Error).message.split('\n')[0]}` };
  }
}
