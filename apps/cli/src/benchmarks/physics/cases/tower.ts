/** Ten boxes stand on one another for 10 s. */
import { atMost } from '../../figure.ts';
import { play, type Case } from '../case.ts';
import { box, floor, mechanics } from '../scene.ts';

const BOXES = 10;
const HALF = 0.5;

export const tower: Case = {
  name: 'tower',
  title: 'a tower of ten boxes of 1 m for 10 s: farthest that any has moved',
  measures: [1, 4].map((substeps) => ({
    name: `drift, dt 1/60, ${substeps} ${substeps === 1 ? 'step' : 'steps'} a frame`,
    unit: 'mm',
    bound: atMost(10),
    measure(engine) {
      const boxes = Array.from({ length: BOXES }, (_, i) =>
        box([HALF, HALF, HALF], 1, { position: [0, 0, HALF + 2 * HALF * i] }),
      );
      const scene = mechanics([floor, ...boxes], { friction: 0.5, substeps });
      let drift = 0;
      play(engine, scene, 600, (run) => {
        for (let i = 1; i <= BOXES; i++) {
          const [x, y, z] = run.position(i);
          const fall = z - (HALF + 2 * HALF * (i - 1));
          drift = Math.max(drift, Math.sqrt(x * x + y * y + fall * fall));
        }
      });
      return 1000 * drift;
    },
  })),
};
