/** Pieces of a dataset that separate jobs make: the tasks of a Slurm array, the pods of an indexed Kubernetes job. */
import { shardRange } from './make-shard.ts';
import type { GenerationPlan } from './plan.ts';

/** Piece `index` (from 0) of `of`. */
export interface Piece {
  readonly index: number;
  readonly of: number;
}

/**
 * The shards of a piece: neighbours, the same number give or take one for each piece, each in exactly one piece. Where
 * there are more pieces than shards, some pieces have none.
 */
export function pieceShards(shards: number, { index, of }: Piece): number[] {
  if (!Number.isInteger(index) || !Number.isInteger(of) || index < 0 || of < 1 || index >= of)
    throw new RangeError(`piece ${index} of ${of}: pieces are counted from 0; choose 0 to ${of - 1}`);
  const first = Math.floor((index * shards) / of);
  const end = Math.floor(((index + 1) * shards) / of);
  return Array.from({ length: end - first }, (_, i) => first + i);
}

/** Episodes of some shards. */
export function episodesOf(plan: GenerationPlan, shards: readonly number[]): number {
  return shards.reduce((sum, shard) => {
    const [first, end] = shardRange(plan, shard);
    return sum + end - first;
  }, 0);
}
