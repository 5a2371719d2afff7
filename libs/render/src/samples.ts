/** Where a pixel that holds an edge is sampled. */

const BITS = 5;
export const SAMPLES = 1 << BITS;

/**
 * [SAMPLES] each, in pixels from the pixel's centre: Hammersley's points, a (0, 5, 2)-net in base 2. Every one of 32
 * columns and 32 rows of the pixel holds one sample, so that edges in all directions, those along the axes above all,
 * move through 32 grey levels; a plain grid has only 5 or 6 of them there. The mean is the centre.
 */
export const sampleX = Float64Array.from({ length: SAMPLES }, (_, i) => (i + 0.5) / SAMPLES - 0.5);
export const sampleY = Float64Array.from({ length: SAMPLES }, (_, i) => {
  let reversed = 0;
  for (let bit = 0; bit < BITS; bit++) reversed = 2 * reversed + ((i >> bit) & 1);
  return (reversed + 0.5) / SAMPLES - 0.5;
});
