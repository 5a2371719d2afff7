/** The renderer's surface patterns on three.js materials: checkers on planes and boxes, octants on spheres and capsules. */
import type { Body } from '@orrery/scene';
import { Color, LinearSRGBColorSpace, type Material } from 'three';

/** A scene's colours are linear. */
export function sceneColor([r, g, b]: readonly number[]): Color {
  return new Color().setRGB(r, g, b, LinearSRGBColorSpace);
}

/** Which of the two colours a point of the body's surface has: an expression of its local position `p`, 0 or 1. */
const parity: Readonly<Record<Body['shape']['kind'], string>> = {
  plane: 'mod(floor(p.x / size) + floor(p.y / size), 2.0)',
  // A hair inside the surface, where a face that lies on a multiple of the size is not torn between two cells.
  box: 'mod(floor(q.x / size) + floor(q.y / size) + floor(q.z / size), 2.0)',
  sphere: 'step(0.0, -p.x * p.y * p.z)',
  capsule: 'step(0.0, -p.x * p.y * p.z)',
};

/**
 * Lets a material draw the body's second colour, and fade out at `fade` metres from the body's origin, if given:
 * a plane has no end, but its picture needs one.
 */
export function applyPattern(material: Material, body: Body, fade?: number): void {
  const { pattern, shape } = body;
  if (!pattern && fade === undefined) return;
  material.onBeforeCompile = (shader) => {
    shader.uniforms.secondColor = { value: sceneColor((pattern ?? body).color) };
    shader.uniforms.size = { value: pattern?.size ?? 1 };
    shader.uniforms.fade = { value: fade ?? 0 };
    shader.vertexShader = shader.vertexShader
      .replace(
        '#include <common>',
        '#include <common>\nvarying vec3 localPosition;\nvarying vec3 localNormal;',
      )
      .replace(
        '#include <begin_vertex>',
        '#include <begin_vertex>\nlocalPosition = position;\nlocalNormal = normal;',
      );
    shader.fragmentShader = shader.fragmentShader
      .replace(
        '#include <common>',
        `#include <common>
        varying vec3 localPosition;
        varying vec3 localNormal;
        uniform vec3 secondColor;
        uniform float size;
        uniform float fade;`,
      )
      .replace(
        '#include <color_fragment>',
        `#include <color_fragment>
        vec3 p = localPosition;
        vec3 q = p - 0.001 * size * localNormal;
        diffuseColor.rgb = mix(diffuseColor.rgb, secondColor, ${pattern ? parity[shape.kind] : '0.0'});
        if (fade > 0.0) diffuseColor.a *= 1.0 - smoothstep(0.55 * fade, fade, length(p.xy));`,
      );
  };
  material.customProgramCacheKey = () => `${shape.kind} ${pattern ? 'pattern' : 'plain'}`;
}
