/** Makes one shard of each array of a dataset: simulate, render, record, encode, episode by episode. */
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { simulate } from '@orrery/physics';
import { createRenderer, type Renderer } from '@orrery/render';
import { writeJsonAtomic } from '@orrery/storage';
import { z } from 'zod';
import { arrayLayout, arrayNames } from '../arrays.ts';
import { episodeRecordSchema, type EpisodeRecord } from '../episodes.ts';
import { episodeChecksums } from './checksums.ts';
import { cameraModel } from './camera-model.ts';
import { atEpisode, episodeSource } from './draw.ts';
import type { GenerationPlan } from './plan.ts';
import { episodeBuffers, recordEpisode } from './record.ts';
import { openArrayWriter, type ShardWriter } from './zarr-writer.ts';

/** What is written behind the files of a shard: that they are whole, and what belongs into episodes.jsonl. */
export const shardNoteSchema = z.strictObject({
  shard: z.int(),
  /** The shard's file by the name of its array; this SHA-256 is of the file, which no other compressor need make. */
  files: z.record(z.string(), z.strictObject({ bytes: z.int(), sha256: z.string() })),
  // The scene is not parsed here: episodes.jsonl shall hold it as it was drawn.
  episodes: z.array(episodeRecordSchema.extend({ scene: z.unknown() })),
});
export type ShardNote = z.infer<typeof shardNoteSchema>;

export const shardNotePath = (folder: string, shard: number) =>
  join(folder, 'progress', `shard-${shard}.json`);

/** Episodes of a shard: first and one past the last. */
export function shardRange(plan: GenerationPlan, shard: number): [number, number] {
  const first = shard * plan.shardEpisodes;
  return [first, Math.min(first + plan.shardEpisodes, plan.extent.episode)];
}

/** What makes shards; it keeps its memory from one to the next. */
export function shardMaker(plan: GenerationPlan, folder: string) {
  const { spec, seed } = plan.identity;
  const { draw } = episodeSource(plan.identity);
  const names = arrayNames(plan.extent);
  const buffers = episodeBuffers(plan.extent);
  let renderer: Renderer | undefined;
  const writers = names.map((name) => openArrayWriter(folder, name, arrayLayout(name, plan.extent)));

  function makeEpisode(episode: number): EpisodeRecord {
    const { place, key, scene, policy, controller } = draw(episode);
    const { keyEpisode: _, ...where } = place;
    try {
      renderer = createRenderer(scene, spec, renderer);
      recordEpisode(scene, simulate(scene, spec.frames, controller()), renderer, plan.extent, buffers);
    } catch (error) {
      throw atEpisode(error, spec, seed, episode);
    }
    return {
      ...where,
      key: [key[0]!, key[1]!],
      ...(policy && { policy }),
      camera: cameraModel(scene.camera, spec.width, spec.height),
      scene,
      sha256: episodeChecksums(buffers, scene),
    };
  }

  /**
   * Makes a shard in memory.
   * @param onEpisode called after each episode
   * @returns what writes it, while the next one may be made already: the disk takes its time to be sure of a file
   */
  return async function makeShard(shard: number, onEpisode: () => void): Promise<() => Promise<void>> {
    const shards = writers.map(({ layout, beginShard }) =>
      beginShard(layout.shape.map((_, axis) => (axis === 0 ? shard : 0))),
    ) as ShardWriter[];
    const [first, end] = shardRange(plan, shard);
    const episodes: EpisodeRecord[] = [];
    for (let episode = first; episode < end; episode++) {
      episodes.push(makeEpisode(episode));
      names.forEach((name, i) => shards[i]!.append(buffers[name]!));
      onEpisode();
      await turn(); // for the writing of the shard before
    }
    return async () => {
      const files = await Promise.all(shards.map((writer) => writer.finish()));
      const note: ShardNote = {
        shard,
        files: Object.fromEntries(names.map((name, i) => [name, files[i]!])),
        episodes,
      };
      await writeJsonAtomic(shardNotePath(folder, shard), note);
    };
  };
}
