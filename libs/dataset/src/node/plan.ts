/** What a generation will make, known before any work starts: every scene is drawn once, and checked. */
import { setImmediate as turn } from 'node:timers/promises';
import { foldIn, key } from '@orrery/random';
import { sceneDefinition, type Scene } from '@orrery/scene';
import { contactSlots, datasetExtent, shardEpisodes, type DatasetExtent } from '../arrays.ts';
import type { DatasetSpec, Manifest } from '../manifest.ts';

/** Changes when the same spec and seed would give other data: other physics, pictures, scenes or arrays. */
export const GENERATOR = '1';

/** What tells one dataset from another. */
export type Identity = Pick<Manifest, 'format' | 'version' | 'spec' | 'size' | 'seed' | 'generator'>;

export interface GenerationPlan {
  readonly identity: Identity;
  readonly extent: DatasetExtent;
  /** Episodes of a shard; the last shard may have fewer. */
  readonly shardEpisodes: number;
  readonly shards: number;
  readonly bodies: readonly string[];
  readonly dt: number;
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
  return { format: 'orrery.dataset', version: 1, spec, size, seed, generator: GENERATOR };
}

/**
 * What draws the scene of an episode.
 * @throws where the spec names no scene, or its sceneConfig does not fit
 */
export function sceneSampler({ spec, seed }: Pick<Identity, 'spec' | 'seed'>): (episode: number) => Scene {
  const definition = sceneDefinition(spec.scene);
  const config = definition.config.safeParse(spec.sceneConfig);
  if (!config.success) {
    const issue = config.error.issues[0]!;
    const path = ['sceneConfig', ...issue.path].join('.');
    throw new Error(`dataset "${spec.name}": ${path}: ${issue.message}; correct the value`);
  }
  const root = key(seed);
  return (episode) => {
    try {
      return definition.sample(foldIn(root, episode), config.data);
    } catch (error) {
      throw atEpisode(error, spec, seed, episode);
    }
  };
}

/** An error with the episode in which it arose in front. */
export function atEpisode(error: unknown, spec: DatasetSpec, seed: number, episode: number): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(`dataset "${spec.name}" (seed ${seed}), episode ${episode}: ${message}`, { cause: error });
}

/** Scenes that are drawn before the event loop gets a turn. */
const SCENES_A_TURN = 64;

/** @throws where a scene cannot be drawn, or the scenes of the dataset do not have the same bodies */
export async function planGeneration(identity: Identity, signal?: AbortSignal): Promise<GenerationPlan> {
  const { spec, seed } = identity;
  const sample = sceneSampler(identity);
  const first = sample(0);
  const bodies = first.bodies.map(({ name }) => name);
  let contacts = 0;
  for (let episode = 0; episode < spec.episodes.train + spec.episodes.test; episode++) {
    if (episode % SCENES_A_TURN === 0) await turn();
    signal?.throwIfAborted();
    const scene = sample(episode);
    const same =
      scene.bodies.length === bodies.length && scene.bodies.every(({ name }, i) => name === bodies[i]);
    if (!same || scene.dt !== first.dt)
      throw atEpisode(
        new Error('its bodies or its dt are not those of episode 0; make a dataset for each'),
        ...([spec, seed, episode] as const),
      );
    contacts = Math.max(contacts, contactSlots(scene.bodies));
  }
  const extent = datasetExtent(spec, bodies.length, contacts);
  return {
    identity,
    extent,
    shardEpisodes: shardEpisodes(extent),
    shards: Math.ceil(extent.episode / shardEpisodes(extent)),
    bodies,
    dt: first.dt,
  };
}

/** The split of an episode: train comes first. */
export const splitOf = (spec: DatasetSpec, episode: number) =>
  episode < spec.episodes.train ? 'train' : 'test';
