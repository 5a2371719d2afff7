/**
 * three.js without a screen: the same scene, poses and picture size with WebGL in headless Chromium, which draws on the
 * CPU (SwiftShader) where there is no GPU; with shadows, 4 samples a pixel, and every picture read back.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Trajectory } from '@orrery/physics';
import type { Scene } from '@orrery/scene';
import type * as Three from 'three';
import { findChromium } from '../../chromium.ts';

export interface ThreeFrames {
  /** Frames drawn and read back in a second, RGB only. */
  readonly framesPerSecond: number;
  readonly revision: string;
  /** What WebGL draws with. */
  readonly device: string;
  /** [64, 64, 4] the last picture, row 0 at the bottom, to see that it shows the scene */
  readonly picture: readonly number[];
}

const ORIGIN = 'http://three.test';

/**
 * @param frames drawn, after as many to warm up
 * @throws Error where Chromium or the packages are missing: what, and how to get it
 */
export async function measureThree(
  scene: Scene,
  trajectory: Trajectory,
  size: number,
  frames: number,
): Promise<ThreeFrames> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Error('no chromium on PATH; install one (Debian: apt-get install chromium) or set $CHROMIUM');
  const { chromium } = await import('playwright-core');
  const build = dirname(fileURLToPath(import.meta.resolve('three')));
  const browser = await chromium.launch({
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...['--enable-unsafe-swiftshader', '--disable-gpu-sandbox', '--disable-background-networking'],
      ...['--disable-component-update', '--no-first-run'],
    ],
  });
  try {
    const page = await browser.newPage();
    await page.route(`${ORIGIN}/**`, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (!/^three\.[a-z]+\.js$/.test(name))
        return route.fulfill({ contentType: 'text/html', body: '<!doctype html>' });
      const body = await readFile(join(build, name), 'utf8');
      return route.fulfill({ contentType: 'text/javascript', body });
    });
    await page.goto(`${ORIGIN}/`);
    const { position, quaternion, bodies } = trajectory;
    const poses = { position: [...position], quaternion: [...quaternion], bodies, count: trajectory.frames };
    // Imported by a script of the page's own: what runs these tests rewrites imports in the functions that it loads.
    const content = `import * as three from '${ORIGIN}/three.module.js'; globalThis.three = three;`;
    await page.addScriptTag({ type: 'module', content });
    await page.waitForFunction(() => 'three' in globalThis);
    return await page.evaluate(drawInPage, { scene, poses, size, frames });
  } finally {
    await browser.close();
  }
}

interface PageTask {
  scene: Scene;
  poses: { position: number[]; quaternion: number[]; bodies: number; count: number };
  size: number;
  frames: number;
}

/** Runs in the page, so it may use nothing from this file. */
async function drawInPage({ scene, poses, size, frames }: PageTask): Promise<ThreeFrames> {
  const { three } = globalThis as unknown as { three: typeof Three };
  const renderer = new three.WebGLRenderer({ antialias: false });
  renderer.shadowMap.enabled = true;
  const world = new three.Scene();
  world.background = new three.Color(...scene.background);
  if (scene.camera.kind !== 'orthographic') throw new Error('this scene has an orthographic camera');
  const half = scene.camera.height / 2;
  const camera = new three.OrthographicCamera(-half, half, half, -half, 0.1, 50);
  camera.up.set(...scene.camera.up);
  camera.position.set(...scene.camera.position);
  camera.lookAt(...scene.camera.target);
  const light = new three.DirectionalLight(0xffffff, scene.light.intensity * Math.PI);
  const [x, y, z] = scene.camera.target;
  const [dx, dy, dz] = scene.light.direction;
  light.position.set(x - 6 * dx, y - 6 * dy, z - 6 * dz);
  light.target.position.set(x, y, z);
  light.castShadow = true;
  light.shadow.mapSize.set(512, 512);
  Object.assign(light.shadow.camera, { left: -4, right: 4, top: 4, bottom: -4, near: 0.1, far: 30 });
  world.add(light, light.target, new three.AmbientLight(0xffffff, scene.light.ambient * Math.PI));
  const meshes = scene.bodies.map((body) => {
    const geometry =
      body.shape.kind === 'sphere'
        ? new three.SphereGeometry(body.shape.radius, 32, 16)
        : new three.PlaneGeometry(20, 20);
    const material = new three.MeshLambertMaterial({ color: new three.Color(...body.color) });
    const mesh = new three.Mesh(geometry, material);
    mesh.visible = body.visible;
    mesh.castShadow = body.shape.kind === 'sphere';
    mesh.receiveShadow = true;
    world.add(mesh);
    return mesh;
  });
  const target = new three.WebGLRenderTarget(size, size, { samples: 4, colorSpace: three.SRGBColorSpace });
  const pixels = new Uint8Array(4 * size * size);
  const draw = (count: number) => {
    for (let i = 0; i < count; i++) {
      const frame = (i % poses.count) * poses.bodies;
      meshes.forEach((mesh, n) => {
        mesh.position.fromArray(poses.position, 3 * (frame + n));
        mesh.quaternion.fromArray(poses.quaternion, 4 * (frame + n));
      });
      renderer.setRenderTarget(target);
      renderer.render(world, camera);
      renderer.readRenderTargetPixels(target, 0, 0, size, size, pixels);
    }
  };
  draw(frames);
  const start = performance.now();
  draw(frames);
  const seconds = (performance.now() - start) / 1000;
  const gl = renderer.getContext();
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return {
    framesPerSecond: frames / seconds,
    revision: three.REVISION,
    device: String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER)),
    picture: [...pixels],
  };
}
