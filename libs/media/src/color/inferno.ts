/**
 * matplotlib's colour map "inferno", from almost black over red to pale yellow, even in brightness: as the polynomial of
 * degree 6 that Matt Zucker fitted to it (CC0).
 */
const coefficients: readonly (readonly [number, number, number])[] = [
  [0.0002189403691192265, 0.001651004631001012, -0.01948089843709184],
  [0.1065134194856116, 0.5639564367884091, 3.932712388889277],
  [11.60249308247187, -3.972853965665698, -15.9423941062914],
  [-41.70399613139459, 17.43639888205313, 44.35414519872813],
  [77.162935699427, -33.40235894210092, -81.80730925738993],
  [-71.31942824499214, 32.62606426397723, 73.20951985803202],
  [25.13112622477341, -12.24266895238567, -23.07032500287172],
];

/**
 * @param t 0 to 1; what lies outside takes the colour of the nearer end
 * @returns sRGB, 0 to 255
 */
export function inferno(t: number): [number, number, number] {
  const x = Math.min(1, Math.max(0, t));
  const channel = (c: number) => {
    const value = coefficients.reduceRight((sum, row) => sum * x + row[c]!, 0);
    return Math.round(255 * Math.min(1, Math.max(0, value)));
  };
  return [channel(0), channel(1), channel(2)];
}
