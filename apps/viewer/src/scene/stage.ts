/** An episode as three.js objects: solid bodies where they were, ghosts where a prediction has them. */
import type { Scene as OrreryScene } from '@orrery/scene';
import type { LineBasicMaterial } from 'three';
import {
  AmbientLight,
  Box3,
  Box3Helper,
  Color,
  DirectionalLight,
  Group,
  Vector3,
  type Mesh,
  type MeshLambertMaterial,
  type ShaderMaterial,
} from 'three';
import { LineMaterial } from 'three/addons/lines/LineMaterial.js';
import { LineSegments2 } from 'three/addons/lines/LineSegments2.js';
import { LineSegmentsGeometry } from 'three/addons/lines/LineSegmentsGeometry.js';
import { createBodies, createGhost, disposeMesh } from './bodies.ts';
import { sceneColor } from './pattern.ts';
import { createTrail } from './trails.ts';
import { boundingRadius, sceneBounds, type Bounds } from './viewpoints.ts';

/** Colours of the page's theme. */
export interface StageColors {
  readonly prediction: string;
  readonly error: string;
  readonly edge: string;
}

/** Where the bodies of a scene were. T frames, N bodies. */
export interface Motion {
  /** [T, N, 3] m */
  readonly position: Float32Array;
  /** [T, N, 4] x, y, z, w */
  readonly quaternion: Float32Array;
  /** [T, N] 0 where a body is not drawn; all that the scene draws are, unless given */
  readonly visible?: Uint8Array;
}

export interface Stage {
  readonly group: Group;
  readonly bounds: Bounds;
  /** Bodies and ghosts that can be picked, each with its body's index. */
  readonly pickable: readonly { readonly mesh: Mesh; readonly body: number }[];
  /** @param parsed [T, M, 3] m, where a prediction has the tracked bodies, NaN where it has none; without it no ghosts */
  show(
    frame: number,
    parsed: Float32Array | undefined,
    options: { trails: boolean; body: number | undefined },
  ): void;
  setColors(colors: StageColors): void;
  /** Where a body is now, m. */
  positionOf(body: number): Vector3;
  dispose(): void;
}

/** m; a shorter error is not drawn. */
const shortestLine = 1e-3;

/** @param tracked indices of the bodies that have trails, and that predictions place */
export function createStage(scene: OrreryScene, motion: Motion, tracked: readonly number[]): Stage {
  const count = scene.bodies.length;
  const { position, quaternion } = motion;
  const bounds = sceneBounds(scene, position);
  const bodies = createBodies(scene, bounds);
  const ghosts = tracked.map((body) => createGhost(scene.bodies[body]));
  const truthTrails = tracked.map((body) => createTrail(sceneColor(scene.bodies[body].color), false));
  const ghostColor = new Color();
  const ghostTrails = tracked.map(() => createTrail(ghostColor, true));
  const errorMaterial = new LineMaterial({ linewidth: 2.5, depthTest: false, transparent: true });
  const errorLines = new LineSegments2(new LineSegmentsGeometry(), errorMaterial);
  errorLines.renderOrder = 4;
  errorLines.frustumCulled = false;
  const outline = new Box3Helper(new Box3(new Vector3(...bounds.min), new Vector3(...bounds.max)));
  const outlineMaterial = outline.material as LineBasicMaterial;
  outlineMaterial.transparent = true;
  outlineMaterial.opacity = 0.6;

  const group = new Group();
  group.add(
    ...createLights(scene, bounds),
    outline,
    errorLines,
    ...bodies.filter((mesh) => mesh !== undefined),
    ...ghosts,
  );
  for (const trail of [...truthTrails, ...ghostTrails]) group.add(trail.dots, trail.line);

  return {
    group,
    bounds,
    pickable: [
      ...bodies.flatMap((mesh, body) =>
        mesh && scene.bodies[body].shape.kind !== 'plane' ? [{ mesh, body }] : [],
      ),
      ...ghosts.map((mesh, m) => ({ mesh, body: tracked[m] })),
    ],
    show(frame, parsed, { trails, body: chosen }) {
      for (const [body, mesh] of bodies.entries()) {
        if (!mesh) continue;
        mesh.position.fromArray(position, (frame * count + body) * 3);
        mesh.quaternion.fromArray(quaternion, (frame * count + body) * 4);
        if (scene.bodies[body].shape.kind === 'plane') continue;
        mesh.visible = motion.visible?.[frame * count + body] !== 0;
        (mesh.material as MeshLambertMaterial).emissive.setScalar(body === chosen ? 0.06 : 0);
      }
      const ends: number[] = [];
      for (const [m, ghost] of ghosts.entries()) {
        const at = (frame * tracked.length + m) * 3;
        ghost.visible = parsed !== undefined && !Number.isNaN(parsed[at]);
        if (parsed && ghost.visible) {
          ghost.position.fromArray(parsed, at);
          // A frame tells where a body is, not how it is turned: a ghost is turned as the truth is.
          ghost.quaternion.fromArray(quaternion, (frame * count + tracked[m]) * 4);
          const truth = new Vector3().fromArray(position, (frame * count + tracked[m]) * 3);
          if (truth.distanceTo(ghost.position) > shortestLine)
            ends.push(...ghost.position.toArray(), ...truth.toArray());
        }
        truthTrails[m].show(position, count, tracked[m], frame);
        if (parsed) ghostTrails[m].show(parsed, tracked.length, m, frame);
      }
      for (const trail of truthTrails) trail.dots.visible = trail.line.visible = trails;
      for (const trail of ghostTrails)
        trail.dots.visible = trail.line.visible = trails && parsed !== undefined;
      errorLines.visible = ends.length > 0;
      if (ends.length > 0) {
        errorLines.geometry.dispose();
        errorLines.geometry = new LineSegmentsGeometry().setPositions(ends);
      }
    },
    setColors(colors) {
      ghostColor.set(colors.prediction);
      for (const trail of ghostTrails) (trail.line.material as LineBasicMaterial).color.copy(ghostColor);
      for (const ghost of ghosts)
        ((ghost.material as ShaderMaterial).uniforms.rim.value as Color).set(colors.prediction);
      errorMaterial.color.set(colors.error);
      outlineMaterial.color.set(colors.edge);
    },
    positionOf: (body) => bodies[body]?.position.clone() ?? new Vector3(),
    dispose() {
      for (const mesh of [...bodies, ...ghosts]) if (mesh) disposeMesh(mesh);
      for (const trail of [...truthTrails, ...ghostTrails]) trail.dispose();
      errorLines.geometry.dispose();
      errorMaterial.dispose();
      outline.dispose();
    },
  };
}

/** The scene's light. three.js divides diffuse light by pi, the renderer does not. */
function createLights(scene: OrreryScene, bounds: Bounds): (AmbientLight | DirectionalLight | Group)[] {
  const { direction, intensity, ambient, shadows } = scene.light;
  const sun = new DirectionalLight(0xffffff, intensity * Math.PI);
  const min = new Vector3(...bounds.min);
  const max = new Vector3(...bounds.max);
  const largest = Math.max(...scene.bodies.map((body) => boundingRadius(body.shape)));
  const reach = min.distanceTo(max) / 2 + largest;
  const center = min.add(max).multiplyScalar(0.5);
  sun.position.copy(center).addScaledVector(new Vector3(...direction).normalize(), -2 * reach);
  sun.target.position.copy(center);
  sun.castShadow = shadows;
  sun.shadow.mapSize.set(1024, 1024);
  sun.shadow.bias = -0.0005;
  sun.shadow.normalBias = 0.01;
  const { camera } = sun.shadow;
  camera.left = camera.bottom = -reach;
  camera.right = camera.top = reach;
  camera.near = 0;
  camera.far = 5 * reach;
  const target = new Group();
  target.add(sun.target);
  return [new AmbientLight(0xffffff, ambient * Math.PI), sun, target];
}
