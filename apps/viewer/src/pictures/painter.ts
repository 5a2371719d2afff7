/** Draws truth, prediction and what lies between them, pixel for pixel, through three.js. */
import {
  DataTexture,
  GLSL3,
  Mesh,
  NearestFilter,
  NoColorSpace,
  OrthographicCamera,
  PlaneGeometry,
  RGBAFormat,
  Scene,
  ShaderMaterial,
  WebGLRenderer,
} from 'three';
import type { Rectangle } from './arrange.ts';
import { differenceTable } from './colormap.ts';

/** What a picture shows; the numbers are the shader's. */
export const modes = { truth: 0, prediction: 1, difference: 2, wipe: 3, overlay: 4 } as const;
export type Mode = keyof typeof modes;

const vertexShader = /* glsl */ `
out vec2 at;
void main() {
  // Row 0 of a picture is its top row.
  at = vec2(uv.x, 1.0 - uv.y);
  gl_Position = vec4(position.xy * 2.0, 0.0, 1.0);
}`;

/** The textures hold sRGB bytes and the canvas takes sRGB bytes: nothing is converted, so bytes stay what they are. */
const fragmentShader = /* glsl */ `
uniform sampler2D truth;
uniform sampler2D prediction;
uniform sampler2D differenceColors;
uniform int mode;
uniform float split;
uniform float alpha;
in vec2 at;
out vec4 color;

void main() {
  vec3 true_ = texture(truth, at).rgb;
  vec3 predicted = texture(prediction, at).rgb;
  vec3 shown = true_;
  if (mode == 1) shown = predicted;
  if (mode == 2) {
    vec3 apart = abs(true_ - predicted);
    float levels = round(255.0 * max(apart.r, max(apart.g, apart.b)));
    shown = texture(differenceColors, vec2((levels + 0.5) / 256.0, 0.5)).rgb;
  }
  if (mode == 3) shown = at.x < split ? true_ : predicted;
  if (mode == 4) shown = mix(true_, predicted, alpha);
  color = vec4(shown, 1.0);
}`;

export interface Painter {
  readonly canvas: HTMLCanvasElement;
  /** @param width, height in device pixels */
  resize(width: number, height: number): void;
  /** @param truth, prediction [H, W, 3] */
  setFrame(size: { width: number; height: number }, truth: Uint8Array, prediction: Uint8Array): void;
  /** Draws each mode into its rectangle (device pixels from the top left). */
  paint(pictures: readonly { mode: Mode; at: Rectangle }[], split: number, alpha: number): void;
}

/** @throws Error where the browser has no WebGL 2 */
export function createPainter(): Painter {
  const renderer = new WebGLRenderer({ alpha: true, antialias: false, powerPreference: 'low-power' });
  renderer.autoClear = false;
  const truth = pictureTexture(1, 1);
  const prediction = pictureTexture(1, 1);
  const uniforms = {
    truth: { value: truth },
    prediction: { value: prediction },
    differenceColors: { value: nearest(new DataTexture(differenceTable(), 256, 1, RGBAFormat)) },
    mode: { value: 0 },
    split: { value: 0.5 },
    alpha: { value: 0.5 },
  };
  const material = new ShaderMaterial({
    uniforms,
    vertexShader,
    fragmentShader,
    glslVersion: GLSL3,
    depthTest: false,
    depthWrite: false,
  });
  const scene = new Scene();
  const quad = new Mesh(new PlaneGeometry(1, 1), material);
  quad.frustumCulled = false;
  scene.add(quad);
  const camera = new OrthographicCamera();
  let height = 1;

  return {
    canvas: renderer.domElement,
    resize(newWidth, newHeight) {
      height = newHeight;
      renderer.setSize(newWidth, newHeight, false);
    },
    setFrame(size, trueRgb, predictedRgb) {
      for (const [name, rgb] of [
        ['truth', trueRgb],
        ['prediction', predictedRgb],
      ] as const) {
        const { image } = uniforms[name].value;
        if (image.width !== size.width || image.height !== size.height) {
          uniforms[name].value.dispose();
          uniforms[name].value = pictureTexture(size.width, size.height);
        }
        withAlpha(rgb, uniforms[name].value.image.data as Uint8Array);
        uniforms[name].value.needsUpdate = true;
      }
    },
    paint(pictures, split, alpha) {
      uniforms.split.value = split;
      uniforms.alpha.value = alpha;
      renderer.setScissorTest(false);
      renderer.setClearColor(0x000000, 0);
      renderer.clear();
      for (const { mode, at } of pictures) {
        uniforms.mode.value = modes[mode];
        renderer.setViewport(at.x, height - at.y - at.height, at.width, at.height);
        renderer.render(scene, camera);
      }
    },
  };
}

function pictureTexture(width: number, height: number): DataTexture {
  return nearest(new DataTexture(new Uint8Array(width * height * 4), width, height, RGBAFormat));
}

function nearest(texture: DataTexture): DataTexture {
  texture.magFilter = NearestFilter;
  texture.minFilter = NearestFilter;
  texture.generateMipmaps = false;
  texture.colorSpace = NoColorSpace;
  texture.needsUpdate = true;
  return texture;
}

/** [n, 3] into [n, 4], opaque. */
function withAlpha(rgb: Uint8Array, rgba: Uint8Array): void {
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from];
    rgba[to + 1] = rgb[from + 1];
    rgba[to + 2] = rgb[from + 2];
    rgba[to + 3] = 255;
  }
}
