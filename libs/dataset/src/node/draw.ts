/** Draws what an episode starts from: its scene, and who acts in it. */
import { foldIn, key, uniformScalar, type Key } from '@orrery/random';
import {
  sceneDefinition,
  shiftConfig,
  type Controller,
  type Scene,
  type SceneConfig,
  type SceneDefinition,
} from '@orrery/scene';
import type { DatasetSpec, Manifest, Split } from '../manifest.ts';
import { datasetSplits, placeOf, type EpisodePlace } from '../splits.ts';

/** What is drawn of an episode before it is simulated. */
export interface DrawnEpisode {
  readonly place: EpisodePlace;
  /** What all of it is drawn with. */
  readonly key: Key;
  /** Its camera is the one that the spec names. */
  readonly scene: Scene;
  /** Who acts; undefined in scenes without actuators. */
  readonly policy: 'scripted' | 'random' | undefined;
  /** Starts the policy anew. */
  readonly controller: () => Controller | undefined;
}

export interface EpisodeSource {
  readonly definition: SceneDefinition;
  /** Of the scene definition, with the spec's overrides. */
  readonly config: SceneConfig;
  readonly splits: Readonly<Record<string, Split>>;
  /** @throws where the scene cannot be drawn, with the dataset, the seed and the episode */
  draw(episode: number): DrawnEpisode;
}

/** Folded into an episode's key: numbers that no scene definition folds in itself. */
const POLICY = 0x706f6c69;
const COIN = 0x636f696e;

/**
 * What draws the episodes of a dataset: the same spec, seed and episode give the same on any machine.
 * @throws where the spec names no scene, or its sceneConfig does not fit
 */
export function episodeSource({ spec, seed }: Pick<Manifest, 'spec' | 'seed'>): EpisodeSource {
  const definition = sceneDefinition(spec.scene);
  const parsed = definition.config.safeParse(spec.sceneConfig);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const path = ['sceneConfig', ...issue.path].join('.');
    throw new Error(`dataset "${spec.name}": ${path}: ${issue.message}; correct the value`);
  }
  if (spec.policy !== undefined && definition.policies === undefined)
    throw new Error(
      `dataset "${spec.name}": policy "${spec.policy}", but nothing acts in scene "${spec.scene}"; leave "policy" out`,
    );
  const config = parsed.data;
  const splits = datasetSplits(spec, definition);
  const shifted = Object.fromEntries(
    Object.values(splits).flatMap(({ factor }) =>
      factor === undefined ? [] : [[factor, shiftConfig(definition, config, factor)]],
    ),
  );
  const root = key(seed);

  function draw(episode: number): DrawnEpisode {
    const place = placeOf(splits, episode);
    const episodeKey = foldIn(root, place.keyEpisode);
    try {
      const drawn = definition.sample(
        episodeKey,
        place.factor === undefined ? config : shifted[place.factor]!,
        place.variant,
      );
      // As episodes.jsonl holds it, where -0 is 0: simulating the stored scene gives the stored data, bit for bit.
      const scene: Scene = JSON.parse(JSON.stringify(fromView(drawn, spec)));
      const policy = scene.actuators.length === 0 ? undefined : whoActs(spec, definition, episodeKey);
      const controller = () => policy && definition.policies![policy](scene, foldIn(episodeKey, POLICY));
      return { place, key: episodeKey, scene, policy, controller };
    } catch (error) {
      throw atEpisode(error, spec, seed, episode);
    }
  }
  return { definition, config, splits, draw };
}

function whoActs(spec: DatasetSpec, definition: SceneDefinition, episodeKey: Key): 'scripted' | 'random' {
  if (definition.policies === undefined)
    throw new Error(`scene "${definition.name}" has actuators and no policies; add them to its definition`);
  const policy = spec.policy ?? 'mixed';
  if (policy !== 'mixed') return policy;
  return uniformScalar(foldIn(episodeKey, COIN), 0, 1) < 0.5 ? 'scripted' : 'random';
}

/** The scene seen from the view that the spec names. */
function fromView(scene: Scene, { camera }: DatasetSpec): Scene {
  if (camera === undefined) return scene;
  if (Object.hasOwn(scene.views, camera)) return { ...scene, camera: scene.views[camera]! };
  const known = Object.keys(scene.views).map((name) => `"${name}"`);
  throw new Error(
    `camera "${camera}": the scene has ${known.length === 0 ? 'no other views; leave "camera" out' : `the views ${known.join(', ')}; choose one of them`}`,
  );
}

/** An error with the episode in which it arose in front. */
export function atEpisode(error: unknown, spec: DatasetSpec, seed: number, episode: number): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(`dataset "${spec.name}" (seed ${seed}), episode ${episode}: ${message}`, { cause: error });
}
