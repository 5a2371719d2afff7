/** What a generation will make, known before any work starts. */
import { setImmediate as turn } from 'node:timers/promises';
import { actuatorUnits, type Range, type Scene } from '@orrery/scene';
import { shardEpisodes } from '../arrays.ts';
import { contactSlots, datasetExtent, type DatasetExtent } from '../extent.ts';
import type { DatasetSpec, Manifest } from '../manifest.ts';
import { episodeCount } from '../splits.ts';
import { atEpisode, episodeSource, type EpisodeSource } from './draw.ts';

/** Changes when the same spec and seed would give other data: other physics, pictures, scenes or arrays. */
export const GENERATOR = '6';

/** What tells one dataset from another. */
export type Identity = Pick<Manifest, 'format' | 'version' | 'spec' | 'size' | 'seed' | 'generator'>;

export interface GenerationPlan {
  readonly identity: Identity;
  readonly extent: DatasetExtent;
  /** Episodes of a shard; the last shard may have fewer. */
  readonly shardEpisodes: number;
  readonly shards: number;
  /** What the manifest says of all episodes; of the limits of actions those of the first. */
  readonly about: Pick<Manifest, 'dt' | 'bodies' | 'actions' | 'factors' | 'splits'>;
}

export function identityOf({
  spec,
  size,
  seed,
}: {
  spec: DatasetSpec;
  size: string;
  seed: number;
}): Identity {
  return { format: 'orrery.dataset', version: 2, spec, size, seed, generator: GENERATOR };
}

/** Scenes that are drawn before the event loop gets a turn. */
const SCENES_A_TURN = 64;

/** Episodes that a plan looks at, whatever the size of the dataset. */
const PLANNED_EPISODES = 256;

/**
 * Plans a dataset from a sample of its episodes that reaches through all splits: every piece makes the same plan, at
 * the same small cost.
 * @throws where a scene of the sample cannot be drawn, or its bodies, actuators or dt are not those of the others
 */
export async function planGeneration(identity: Identity, signal?: AbortSignal): Promise<GenerationPlan> {
  const { spec } = identity;
  const source = episodeSource(identity);
  const episodes = episodeCount(source.splits);
  const first = source.draw(0).scene;
  let contacts = 0;
  for (const { start, count } of Object.values(source.splits)) {
    const sample = Math.min(count, Math.max(2, Math.floor((PLANNED_EPISODES * count) / episodes)));
    for (let i = 0; i < sample; i++) {
      if (i % SCENES_A_TURN === 0) await turn();
      signal?.throwIfAborted();
      const scene = drawAlike(source, identity, first, start + Math.floor((i * count) / sample));
      contacts = Math.max(contacts, contactSlots(scene.bodies));
    }
  }
  const extent = datasetExtent(spec, {
    ...{ episode: episodes, body: first.bodies.length, contact: contacts },
    actuator: first.actuators.length,
  });
  const episodesInShard = shardEpisodes(extent);
  return {
    identity,
    extent,
    shardEpisodes: episodesInShard,
    shards: Math.ceil(episodes / episodesInShard),
    about: {
      dt: first.dt,
      bodies: first.bodies.map(({ name }) => name),
      actions: first.actuators.map(({ name, kind, limit }) => ({
        ...{ name, kind, limit, unit: actuatorUnits[kind] },
      })),
      factors: factorRanges(source),
      splits: source.splits,
    },
  };
}

/**
 * Draws the episodes of some shards, to find what is wrong with them before work starts.
 * @throws where a scene cannot be drawn, or its bodies, actuators or dt are not those of the others
 */
export async function checkEpisodes(
  plan: GenerationPlan,
  shards: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  const source = episodeSource(plan.identity);
  const first = source.draw(0).scene;
  for (const shard of shards) {
    const end = Math.min((shard + 1) * plan.shardEpisodes, plan.extent.episode);
    for (let episode = shard * plan.shardEpisodes; episode < end; episode++) {
      if (episode % SCENES_A_TURN === 0) await turn();
      signal?.throwIfAborted();
      drawAlike(source, plan.identity, first, episode);
    }
  }
}

function drawAlike(source: EpisodeSource, { spec, seed }: Identity, first: Scene, episode: number): Scene {
  const { scene } = source.draw(episode);
  const difference = sceneDifference(first, scene);
  if (difference === undefined) return scene;
  throw atEpisode(
    new Error(`its ${difference} not those of episode 0; make a dataset for each`),
    ...([spec, seed, episode] as const),
  );
}

/** What all episodes of a dataset share, where two scenes differ in it. */
function sceneDifference(a: Scene, b: Scene): string | undefined {
  const same = (of: (scene: Scene) => unknown) => JSON.stringify(of(a)) === JSON.stringify(of(b));
  if (!same(({ bodies }) => bodies.map(({ name }) => name))) return 'bodies are';
  if (!same(({ actuators }) => actuators.map(({ name, kind }) => [name, kind]))) return 'actuators are';
  if (!same(({ dt }) => dt)) return 'dt is';
  return undefined;
}

function factorRanges({ definition, config }: EpisodeSource): Manifest['factors'] {
  return Object.fromEntries(
    Object.entries(definition.factors).map(([name, { unit, description }]) => {
      const [low, high] = (config as unknown as Record<string, Range>)[name]!;
      const [from, to] = config.shifts[name]!;
      return [name, { unit, description, range: [low, high], shifted: [from, to] }];
    }),
  );
}
