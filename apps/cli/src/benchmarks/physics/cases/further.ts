/** What else a physicist would try, each against its closed form. */
import { atMost } from '../../figure.ts';
import { after, type Case } from '../case.ts';
import { ball, box, floor, g, incline, mechanics } from '../scene.ts';

export const further: Case = {
  name: 'further',
  title: 'rolling, spin and belts, against closed forms',
  measures: [
    {
      name: 'rolling ball on an incline, acceleration error',
      unit: '%',
      bound: atMost(0.1),
      measure(engine) {
        const { plane, at } = incline(0.3);
        const scene = mechanics([plane, ball(0.2, 1, { position: at(0.2) })], { friction: 0.5 });
        const [x, , z] = after(engine, scene, 60, (run) => run.velocity(1))!;
        return 100 * Math.abs(Math.sqrt(x * x + z * z) / ((5 / 7) * g * Math.sin(0.3)) - 1);
      },
    },
    {
      name: 'backspin: final speed of a ball that slides, error',
      unit: '%',
      bound: atMost(0.1),
      measure(engine) {
        // Angular momentum about the floor is kept: v = (5 v0 + 2 r w0) / 7, backwards here.
        const [v0, w0, r] = [2, -50, 0.2];
        const thrown = ball(r, 1, { position: [0, 0, r], velocity: [v0, 0, 0], angularVelocity: [0, w0, 0] });
        const x = after(
          engine,
          mechanics([floor, thrown], { friction: 0.3 }),
          300,
          (run) => run.velocity(1)[0],
        )!;
        return 100 * Math.abs(x / ((5 * v0 + 2 * r * w0) / 7) - 1);
      },
    },
    {
      name: 'oblique bounce with friction, error of the velocity along the floor',
      unit: '%',
      bound: atMost(0.1),
      measure(engine) {
        // It slides through the impact: friction takes mu (1 + e) u off the slip.
        const [e, mu, u, slip] = [0.8, 0.1, 3, 4];
        const fall = 0.2;
        const thrown = ball(0.1, 1, {
          position: [0, 0, 0.1 + fall],
          velocity: [slip, 0, -Math.sqrt(u * u - 2 * g * fall)],
        });
        const scene = mechanics([floor, thrown], { restitution: e, friction: mu });
        const x = after(engine, scene, 20, (run) => run.velocity(1)[0])!;
        return (100 * Math.abs(x - (slip - mu * (1 + e) * u))) / slip;
      },
    },
    {
      name: 'parcel on a belt of 2 m/s, speed error after 1/3 s',
      unit: '%',
      bound: atMost(0.1),
      measure(engine) {
        const belt = box([5, 1, 0.1], 0, { position: [0, 0, -0.1], surfaceVelocity: [2, 0, 0] });
        const parcel = box([0.2, 0.2, 0.1], 3, { position: [-2, 0, 0.1] });
        const x = after(
          engine,
          mechanics([belt, parcel], { friction: 0.4 }),
          20,
          (run) => run.velocity(1)[0],
        );
        return x === undefined ? undefined : 100 * Math.abs(x / ((0.4 * g) / 3) - 1);
      },
    },
  ],
};
