/** What the data themselves say, before anything is trained: rows that no network takes part in. */
import { cell, type Row, type SanityRow } from '../results/schema.ts';
import type { Drawn, Motions } from './data.ts';
import { fromCoordinates, gravity, toCoordinates } from './motions.ts';
import type { Task } from './tasks.ts';

/** Rows of test loss for what learns nothing, and whether the data are what they should be. */
export function examine(
  task: Task,
  { coordinates, train, test }: Drawn,
): { rows: Row[]; sanity: SanityRow[] } {
  const still = meanSquare(test.dx);
  const linear = linearLoss(train, test, coordinates);
  const { mean: truth, error } = lawLoss(task, test, coordinates);
  const row = (name: string, value: number): Row => ({
    group: task.name,
    name,
    cells: { testLoss: cell([value]) },
  });
  const check = (name: string, value: number, expected: string | null = null, holds = true): SanityRow => ({
    ...{ group: task.name, name, value, expected, holds },
  });
  const count = train.count + test.count;
  const expectedCount = { 'mass-spring': 1500, pendulum: 2250, '2-body': 50_000, '3-body': 100_000 }[
    task.name
  ];
  const sanity = [check('states', count, `${expectedCount}`, count === expectedCount)];
  if (task.name === 'mass-spring') {
    // The law is linear, dx = ±2 x: noise of variance 0.01 on x leaves 4 * 0.01.
    const close = Math.abs(truth - 0.04) <= 3 * error;
    sanity.push(check('test loss of the true law', truth, `0.04 ± ${(3 * error).toPrecision(2)}`, close));
  } else if (task.bodies) {
    sanity.push(check('test loss of the true law', truth, '<= 1e-20', truth <= 1e-20));
    const drift = energyDrift(test, coordinates, task.name === '2-body' ? 50 : 20);
    const bound = 1e-3;
    sanity.push(check('median energy drift of a trajectory', drift, `<= ${bound}`, drift <= bound));
  } else {
    sanity.push(check('test loss of the true law', truth));
  }
  sanity.push(
    check('test loss of no motion', still),
    check('test loss of the best linear law', linear, `< ${still.toPrecision(4)}`, linear < still),
  );
  return {
    sanity,
    rows: [row('no motion', still), row('linear law', linear), row('true law', truth)],
  };
}

function meanSquare(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / values.length;
}

/** Of the true law at the test states, noise and all; with its standard error. */
function lawLoss({ motion, bodies }: Task, { count, x, dx }: Motions, width: number) {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < count; i++) {
    const state = x.subarray(i * width, (i + 1) * width);
    const rate = bodies ? toCoordinates(motion(fromCoordinates(state, 1))) : motion(state);
    for (let k = 0; k < width; k++) {
      const square = (rate[k] - dx[i * width + k]) ** 2;
      sum += square;
      squares += square * square;
    }
  }
  const n = count * width;
  const mean = sum / n;
  return { mean, error: Math.sqrt((squares / n - mean * mean) / n) };
}

/** Median over trajectories of |energy at the end - energy at the start|. */
function energyDrift({ count, x }: Motions, width: number, points: number): number {
  const energyAt = (i: number) => gravity.energy(fromCoordinates(x.subarray(i * width, (i + 1) * width), 1));
  const drifts = Float64Array.from({ length: count / points }, (_, k) =>
    Math.abs(energyAt((k + 1) * points - 1) - energyAt(k * points)),
  ).sort();
  return drifts[drifts.length >> 1];
}

/** Test loss of dx = x W, W by least squares on the training states. */
function linearLoss(train: Motions, test: Motions, width: number): number {
  const gram = new Float64Array(width * width);
  const cross = new Float64Array(width * width);
  for (let i = 0; i < train.count; i++) {
    for (let a = 0; a < width; a++) {
      const value = train.x[i * width + a];
      for (let b = 0; b < width; b++) {
        gram[a * width + b] += value * train.x[i * width + b];
        cross[a * width + b] += value * train.dx[i * width + b];
      }
    }
  }
  // Bodies mirror each other, which makes the equations singular: a trace of ridge picks one of the equal solutions.
  const trace = Array.from({ length: width }, (_, a) => gram[a * width + a]).reduce(
    (sum, value) => sum + value,
  );
  for (let a = 0; a < width; a++) gram[a * width + a] += 1e-9 * trace;
  const weights = solved(gram, cross, width);
  let sum = 0;
  for (let i = 0; i < test.count; i++) {
    for (let b = 0; b < width; b++) {
      let rate = 0;
      for (let a = 0; a < width; a++) rate += test.x[i * width + a] * weights[a * width + b];
      sum += (rate - test.dx[i * width + b]) ** 2;
    }
  }
  return sum / (test.count * width);
}

/** A^-1 B by Gauss and Jordan's elimination with pivots. */
function solved(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const row = (matrix: Float64Array, i: number) => matrix.subarray(i * n, (i + 1) * n);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[pivot * n + k])) pivot = i;
    for (const matrix of [a, b]) {
      const held = row(matrix, k).slice();
      row(matrix, k).set(row(matrix, pivot));
      row(matrix, pivot).set(held);
    }
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a[i * n + k] / a[k * n + k];
      for (const matrix of [a, b])
        for (let j = 0; j < n; j++) matrix[i * n + j] -= factor * matrix[k * n + j];
    }
  }
  return b.map((value, i) => value / a[Math.floor(i / n) * n + Math.floor(i / n)]);
}
