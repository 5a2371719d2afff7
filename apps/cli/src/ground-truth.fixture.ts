/** Every scene, simulated and drawn: a checksum of all bytes for each. Runs in Node and in a browser. */
import { simulate } from '@orrery/physics';
import { foldIn, key } from '@orrery/random';
import { createRenderer, opticalFlow, type Poses } from '@orrery/render';
import { appearances, scenes } from '@orrery/scene';

const FRAMES = 16;
const SIZE = { width: 32, height: 32 };

export function groundTruthChecksums(): Record<string, string> {
  return Object.fromEntries(Object.keys(scenes).map((name) => [name, checksumOf(name)]));
}

function checksumOf(name: string): string {
  const definition = scenes[name]!;
  const config = definition.config.parse({});
  const hash = fnv();
  // As it is, and where there are impossible variants, one of them too.
  for (const variant of [undefined, ...(definition.variants ?? []).slice(0, 1)]) {
    const scene = definition.sample(foldIn(key(7), 1), config, variant);
    const controller = definition.policies?.scripted(scene, key(3));
    const trajectory = simulate(scene, FRAMES, controller);
    const { bodies, position, quaternion, velocity, angularVelocity, energy, action } = trajectory;
    for (const values of [position, quaternion, velocity, angularVelocity, energy, action]) hash.add(values);
    const renderer = createRenderer(scene, SIZE);
    const poses = (frame: number): Poses => ({
      position: position.subarray(3 * bodies * frame, 3 * bodies * (frame + 1)),
      quaternion: quaternion.subarray(4 * bodies * frame, 4 * bodies * (frame + 1)),
      appearances: appearances(scene, frame),
    });
    for (let frame = 0; frame < FRAMES - 1; frame++) {
      const drawn = renderer.render(poses(frame));
      for (const values of [drawn.rgb, drawn.depth, drawn.segmentation]) hash.add(values);
      hash.add(opticalFlow(scene.camera, drawn, poses(frame), poses(frame + 1)));
    }
  }
  return hash.digest();
}

/** FNV-1a with 32 bits, twice from different beginnings: a page without https has no SHA. */
function fnv() {
  let [a, b] = [0x811c9dc5, 0x01234567];
  return {
    add({ buffer, byteOffset, byteLength }: ArrayBufferView) {
      for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) {
        a = Math.imul(a ^ byte, 0x01000193);
        b = Math.imul(b ^ byte, 0x01000193) + a;
      }
    },
    digest: () => [a, b].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(''),
  };
}
