/** From what an author wrote to a scene that can be simulated: the schema, and what a schema cannot say. */
import type { z } from 'zod';
import { cross, distance, length, subtract } from './geometry.ts';
import { sceneSchema, type Body, type Scene, type SceneInput } from './scene.ts';

/** Bodies may touch at the start; deeper than this (m) they overlap. */
const CONTACT_TOLERANCE = 1e-6;

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
  scene.bodies.forEach((b, j) => {
    for (const a of scene.bodies.slice(0, j)) {
      if (a.mass === 0 && b.mass === 0) continue; // static bodies may be built into one another
      const depth = -distance(a, b);
      if (depth > CONTACT_TOLERANCE)
        throw fail(
          `bodies "${a.name}" and "${b.name}" overlap by ${depth.toPrecision(3)} m; move them apart`,
        );
    }
  });

  const { camera, light } = scene;
  const view = subtract(camera.target, camera.position);
  if (length(view) === 0) throw fail('the camera looks at its own position; move "camera.target"');
  if (length(cross(view, camera.up)) <= 1e-9 * length(view) * length(camera.up))
    throw fail('"camera.up" is parallel to the view; choose another direction');
  if (length(light.direction) === 0) throw fail('"light.direction" is zero; give the direction of the light');
  return scene;
}

/** What is wrong with a body and how to mend it, or undefined. */
function bodyFault(body: Body): string | undefined {
  if (body.shape.kind === 'plane' && body.mass > 0)
    return `a plane with mass ${body.mass} kg; planes are static: set "mass" to 0`;
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
