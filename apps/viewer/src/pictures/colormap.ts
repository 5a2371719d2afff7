/**
 * The fixed colours of |difference|. Fixed, so that the same colour means the same error in every frame, rollout and
 * run. The map is matplotlib's "inferno", as the polynomial of degree 6 that Matt Zucker fitted to it (CC0).
 */

/** Grey levels (0 to 255) at which the colour no longer changes: half of the range. */
export const fullScale = 128;

const inferno: readonly (readonly [number, number, number])[] = [
  [0.0002189403691192265, 0.001651004631001012, -0.01948089843709184],
  [0.1065134194856116, 0.5639564367884091, 3.932712388889277],
  [11.60249308247187, -3.972853965665698, -15.9423941062914],
  [-41.70399613139459, 17.43639888205313, 44.35414519872813],
  [77.162935699427, -33.40235894210092, -81.80730925738993],
  [-71.31942824499214, 32.62606426397723, 73.20951985803202],
  [25.13112622477341, -12.24266895238567, -23.07032500287172],
];

/**
 * @param levels the largest difference of the three channels, 0 to 255
 * @returns sRGB, 0 to 255
 */
export function differenceColor(levels: number): [number, number, number] {
  const t = Math.min(1, Math.max(0, levels / fullScale));
  const channel = (c: number) => {
    const value = inferno.reduceRight((sum, coefficients) => sum * t + coefficients[c], 0);
    return Math.round(255 * Math.min(1, Math.max(0, value)));
  };
  return [channel(0), channel(1), channel(2)];
}

/** [256, 4] RGBA: the colour of each possible difference. */
export function differenceTable(): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(256 * 4);
  for (let levels = 0; levels < 256; levels++) table.set([...differenceColor(levels), 255], levels * 4);
  return table;
}
