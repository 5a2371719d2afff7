/** Which keys a query may look at, as bool [queries, keys]. */
import { constant, type Tensor, modelError } from '@orrery/graph';

/** @returns true where the query at the row may look at the key in the column */
export type AttentionMask = (queries: number, keys: number) => Tensor;

/** Itself and what came before. Fewer queries than keys are the last ones, as when a past is kept. */
export const causal: AttentionMask = (queries, keys) =>
  maskOf(queries, keys, (query, key) => key <= query + keys - queries);

/**
 * Every token of its own frame and of earlier frames: a sequence of frames, `tokens` each.
 * @throws when the sequence is no whole number of frames
 */
export function blockCausal(tokens: number): AttentionMask {
  return (queries, keys) => {
    if (queries % tokens !== 0 || keys % tokens !== 0) {
      throw modelError(
        `blockCausal: ${queries} queries and ${keys} keys are not frames of ${tokens} tokens; change "tokens" or the sequence`,
      );
    }
    const frame = (token: number) => Math.floor(token / tokens);
    return maskOf(queries, keys, (query, key) => frame(key) <= frame(query + keys - queries));
  };
}

function maskOf(queries: number, keys: number, sees: (query: number, key: number) => boolean): Tensor {
  const values = Array.from({ length: queries * keys }, (_, i) =>
    Number(sees(Math.floor(i / keys), i % keys)),
  );
  return constant(values, [queries, keys], 'bool');
}
