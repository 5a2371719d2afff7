/** Trails: where a body has been in the last frames, as dots that fade, one a frame, like a stroboscope's. */
import type { Color } from 'three';
import {
  BufferGeometry,
  Float32BufferAttribute,
  Line,
  LineBasicMaterial,
  Points,
  ShaderMaterial,
} from 'three';

/** Frames that a trail reaches back. */
const reach = 24;

export interface Trail {
  readonly dots: Points;
  readonly line: Line;
  /**
   * @param position [T, K, 3] m, NaN where unknown
   * @param stride K
   * @param index the body, below K
   */
  show(position: Float32Array, stride: number, index: number, frame: number): void;
  dispose(): void;
}

/** @param hollow rings instead of dots, for what was predicted */
export function createTrail(color: Color, hollow: boolean): Trail {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new Float32BufferAttribute(new Float32Array(reach * 3), 3));
  geometry.setAttribute('age', new Float32BufferAttribute(new Float32Array(reach), 1));
  const line = new Line(
    new BufferGeometry(),
    new LineBasicMaterial({ color, transparent: true, opacity: hollow ? 0.35 : 0.25, depthWrite: false }),
  );
  line.geometry.setAttribute('position', geometry.getAttribute('position'));
  const dotMaterial = new ShaderMaterial({
    uniforms: { color: { value: color }, pixels: { value: 6 * window.devicePixelRatio } },
    vertexShader: /* glsl */ `
      attribute float age;
      uniform float pixels;
      varying float fresh;
      void main() {
        fresh = 1.0 - age;
        gl_PointSize = pixels * (0.45 + 0.55 * fresh);
        gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
      }`,
    fragmentShader: /* glsl */ `
      uniform vec3 color;
      varying float fresh;
      void main() {
        float radius = 2.0 * length(gl_PointCoord - 0.5);
        float inside = 1.0 - smoothstep(0.75, 1.0, radius);
        ${hollow ? 'inside *= smoothstep(0.25, 0.5, radius);' : ''}
        gl_FragColor = vec4(color, inside * (0.1 + 0.8 * fresh));
        #include <colorspace_fragment>
      }`,
    transparent: true,
    depthWrite: false,
  });
  const dots = new Points(geometry, dotMaterial);
  dots.frustumCulled = line.frustumCulled = false;
  dots.renderOrder = line.renderOrder = 1;
  return {
    dots,
    line,
    show(position, stride, index, frame) {
      const points = geometry.getAttribute('position');
      const ages = geometry.getAttribute('age');
      let count = 0;
      for (let t = Math.max(0, frame - reach + 1); t <= frame; t++) {
        const at = (t * stride + index) * 3;
        if (Number.isNaN(position[at])) continue;
        points.setXYZ(count, position[at], position[at + 1], position[at + 2]);
        ages.setX(count, (frame - t) / reach);
        count++;
      }
      points.needsUpdate = true;
      ages.needsUpdate = true;
      geometry.setDrawRange(0, count);
      line.geometry.setDrawRange(0, count);
    },
    dispose() {
      geometry.dispose();
      line.geometry.dispose();
      dotMaterial.dispose();
      (line.material as LineBasicMaterial).dispose();
    },
  };
}
