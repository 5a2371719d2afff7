/** What joints, fields, wheels, actuators and interventions say of bodies, and whether it can be. */
import { distance } from './distance.ts';
import { length } from './geometry.ts';
import { jointFault } from './joint-faults.ts';
import type { Joint } from './joints.ts';
import type { Body, Scene } from './scene.ts';

/** Bodies may overlap by this much at the start, m. */
const TOLERANCE = 1e-6;

/** What is wrong and how to mend it, or undefined where all is well. */
type Fault = string | undefined;

/** The first fault of anything that names bodies, joints or wheels. */
export function referenceFault(scene: Scene): Fault {
  return (
    duplicate('joint', scene.joints) ??
    duplicate('wheel', scene.wheels) ??
    duplicate('actuator', scene.actuators) ??
    first(scene.joints, (joint) => prefix(`joint "${joint.name}"`, joinFault(scene, joint))) ??
    first(scene.fields, (field) => prefix(`the ${field.kind} field`, fieldFault(scene, field))) ??
    first(scene.wheels, (wheel) => prefix(`wheel "${wheel.name}"`, wheelFault(scene, wheel))) ??
    first(scene.actuators, (actuator) =>
      prefix(`actuator "${actuator.name}"`, actuatorFault(scene, actuator)),
    ) ??
    first(scene.interventions, (event) =>
      prefix(`intervention "${event.kind}" at frame ${event.frame}`, interventionFault(scene, event)),
    ) ??
    overlap(scene)
  );
}

function first<Item>(items: readonly Item[], fault: (item: Item) => Fault): Fault {
  for (const item of items) {
    const found = fault(item);
    if (found) return found;
  }
  return undefined;
}

const prefix = (thing: string, fault: Fault): Fault => fault && `${thing}: ${fault}`;

function duplicate(kind: string, items: readonly { readonly name: string }[]): Fault {
  const names = items.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return twice === undefined
    ? undefined
    : `two ${kind}s are called "${twice}"; give each ${kind} its own name`;
}

const find = (scene: Scene, name: string | null): Body | undefined =>
  scene.bodies.find((body) => body.name === name);

/** Each name must be that of a body; null is the world. */
function missing(scene: Scene, ...names: (string | null | undefined)[]): Fault {
  const lost = names.find((name) => typeof name === 'string' && !find(scene, name));
  return typeof lost === 'string'
    ? `there is no body "${lost}"; name one of: ${scene.bodies.map(({ name }) => name).join(', ')}`
    : undefined;
}

/** Each named body must be able to move. */
function still(scene: Scene, name: string): Fault {
  return find(scene, name)!.mass > 0 ? undefined : `body "${name}" cannot move; give it a mass`;
}

function joinFault(scene: Scene, joint: Joint): Fault {
  const lost = missing(scene, joint.bodyA, joint.bodyB);
  if (lost) return lost;
  if (joint.bodyA === joint.bodyB) return `it joins "${joint.bodyB}" to itself; name another body`;
  const [a, b] = [find(scene, joint.bodyA), find(scene, joint.bodyB)!];
  if (!((a?.mass ?? 0) > 0 || b.mass > 0)) return 'neither body can move; give one a mass';
  return jointFault(joint, a, b);
}

function fieldFault(scene: Scene, field: Scene['fields'][number]): Fault {
  if (field.kind !== 'spring') return undefined;
  const lost = missing(scene, field.bodyA, field.bodyB);
  if (lost) return lost;
  return field.bodyA === field.bodyB ? `it ties "${field.bodyB}" to itself; name another body` : undefined;
}

function wheelFault(scene: Scene, wheel: Scene['wheels'][number]): Fault {
  const lost = missing(scene, wheel.chassis, wheel.body) ?? still(scene, wheel.chassis);
  if (lost || wheel.body === undefined) return lost;
  const body = find(scene, wheel.body)!;
  if (body.mass > 0)
    return `body "${wheel.body}" shows it and has a mass of ${body.mass} kg; set "mass" to 0`;
  return body.collides ? `body "${wheel.body}" shows it and collides; set "collides" to false` : undefined;
}

function actuatorFault(scene: Scene, actuator: Scene['actuators'][number]): Fault {
  if ('direction' in actuator && length(actuator.direction) === 0)
    return '"direction" is zero; give the direction in which it acts';
  switch (actuator.kind) {
    case 'force':
    case 'velocity':
      return missing(scene, actuator.body) ?? still(scene, actuator.body);
    case 'belt':
      return missing(scene, actuator.body);
    case 'torque':
    case 'speed': {
      const hinges = scene.joints.filter(({ kind }) => kind === 'hinge').map(({ name }) => name);
      if (hinges.includes(actuator.joint)) return undefined;
      return `there is no hinge "${actuator.joint}"; name one of: ${hinges.join(', ')}`;
    }
    case 'steer':
    case 'drive': {
      const wheels = scene.wheels.map(({ name }) => name);
      const lost = actuator.wheels.find((name) => !wheels.includes(name));
      return lost === undefined
        ? undefined
        : `there is no wheel "${lost}"; name one of: ${wheels.join(', ')}`;
    }
  }
}

function interventionFault(scene: Scene, event: Scene['interventions'][number]): Fault {
  if (event.kind === 'gravity') return undefined;
  if (event.kind === 'pass-through') {
    if (event.body === event.other) return `"${event.body}" cannot pass through itself; name another body`;
    return missing(scene, event.body, event.other);
  }
  const lost = missing(scene, event.body);
  if (lost || event.kind === 'vanish' || event.kind === 'recolor') return lost;
  if (event.kind === 'speed') return still(scene, event.body);
  const joint = scene.joints.find(({ bodyA, bodyB }) => bodyA === event.body || bodyB === event.body);
  return (
    joint && `joint "${joint.name}" holds "${event.body}" where it is; move another body or drop the joint`
  );
}

/** Bodies that collide may not overlap at the start; static ones may be built into one another. */
function overlap(scene: Scene): Fault {
  const apart = new Set(
    scene.joints
      .filter(({ collide }) => !collide)
      .flatMap(({ bodyA, bodyB }) => [`${bodyA}\n${bodyB}`, `${bodyB}\n${bodyA}`]),
  );
  const solid = scene.bodies.filter(({ collides }) => collides);
  for (const [j, b] of solid.entries())
    for (const a of solid.slice(0, j)) {
      if ((a.mass === 0 && b.mass === 0) || apart.has(`${a.name}\n${b.name}`)) continue;
      const depth = -distance(a, b);
      if (depth > TOLERANCE)
        return `bodies "${a.name}" and "${b.name}" overlap by ${depth.toPrecision(3)} m; move them apart`;
    }
  return undefined;
}
