/** From what an author wrote to a scene that can be simulated: the schema, and what a schema cannot say. */
import type { z } from 'zod';
import { cross, length, subtract } from './geometry.ts';
import { referenceFault } from './references.ts';
import { sceneSchema, type Body, type Camera, type Scene, type SceneInput } from './scene.ts';

/** Inertia below this (kg m²) has no inverse that a number can hold. */
const LEAST_INERTIA = 1e-300;

/**
 * Checks a scene and fills in the defaults.
 * @throws an error that names the scene, the body, the value and the remedy
 */
export function parseScene(input: SceneInput): Scene {
  const parsed = sceneSchema.safeParse(input);
  if (!parsed.success) throw new Error(explain(input, parsed.error.issues[0]!));
  const scene = parsed.data;
  const fail = (what: string) => new Error(`scene "${scene.name}": ${what}`);

  const names = new Set<string>();
  for (const body of scene.bodies) {
    if (names.has(body.name)) throw fail(`two bodies are called "${body.name}"; give each body its own name`);
    names.add(body.name);
    const wrong = bodyFault(body);
    if (wrong) throw fail(`body "${body.name}": ${wrong}`);
  }
  const wrong = referenceFault(scene);
  if (wrong) throw fail(wrong);

  for (const [path, camera] of cameras(scene)) {
    const view = subtract(camera.target, camera.position);
    if (length(view) === 0) throw fail(`the camera looks at its own position; move "${path}.target"`);
    if (length(cross(view, camera.up)) <= 1e-9 * length(view) * length(camera.up))
      throw fail(`"${path}.up" is parallel to the view; choose another direction`);
  }
  if (length(scene.light.direction) === 0)
    throw fail('"light.direction" is zero; give the direction of the light');
  return scene;
}

/** Each camera with where the scene has it. */
const cameras = (scene: Scene): [string, Camera][] => [
  ['camera', scene.camera],
  ...Object.entries(scene.views).map(([name, view]): [string, Camera] => [`views.${name}`, view]),
];

/** What is wrong with a body and how to mend it, or undefined. */
function bodyFault(body: Body): string | undefined {
  if (body.shape.kind === 'plane' && body.mass > 0)
    return `a plane with mass ${body.mass} kg; planes are static: set "mass" to 0`;
  const inertia = body.mass * thickness(body) * thickness(body);
  if (body.mass > 0 && inertia < LEAST_INERTIA)
    return `mass ${body.mass} kg on ${thickness(body)} m gives it no inertia; raise "mass" or the size`;
  const norm = Math.sqrt(body.quaternion.reduce((sum, c) => sum + c * c, 0));
  if (Math.abs(norm - 1) > 1e-6)
    return `"quaternion" [${body.quaternion.join(', ')}] has length ${norm.toPrecision(4)}; divide it by its length`;
  for (const [factor, velocity] of [
    ['linearFactor', 'velocity'],
    ['angularFactor', 'angularVelocity'],
  ] as const) {
    const still = body.mass === 0;
    for (const axis of [0, 1, 2]) {
      const f = body[factor][axis]!;
      if (f !== 0 && f !== 1) return `"${factor}" ${f} on axis ${'xyz'[axis]}; use 1 (free) or 0 (locked)`;
      if (body[velocity][axis] !== 0 && (still || f === 0))
        return (
          `"${velocity}" ${body[velocity][axis]} along ${'xyz'[axis]}, where it cannot move; ` +
          (still ? `give it a mass or the velocity 0` : `set "${factor}" to 1 there or the velocity to 0`)
        );
    }
  }
  return undefined;
}

/** Half of the least extent of a body that is no plane, m. */
function thickness({ shape }: Body): number {
  if (shape.kind === 'plane') return Infinity;
  return shape.kind === 'box' ? Math.min(...shape.halfExtents) : shape.radius;
}

/** A schema issue in words: which body, which field, what the value is. */
function explain(input: SceneInput, issue: z.core.$ZodIssue): string {
  const title = `scene "${typeof input?.name === 'string' ? input.name : '?'}"`;
  const [head, index, ...rest] = issue.path;
  const isBody = head === 'bodies' && typeof index === 'number';
  const name = isBody ? input.bodies?.[index]?.name : undefined;
  const thing = isBody ? `body ${name ? `"${name}"` : index}` : '';
  const path = (isBody ? rest : issue.path).map((p) => (typeof p === 'number' ? `[${p}]` : `.${String(p)}`));
  const field = path.length ? `"${path.join('').replace(/^\./, '')}"` : '';
  const value = issue.path.reduce<unknown>(
    (v, p) => (v as Record<PropertyKey, unknown> | undefined)?.[p],
    input,
  );
  const shown = typeof value === 'object' ? '' : ` ${String(value)}`;
  return `${title}: ${[thing, field].filter(Boolean).join(' ')}${shown}: ${issue.message}; correct the value`;
}
