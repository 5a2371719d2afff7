/** The 3D pane: a stage, a camera that can be moved, and the buttons around them. */
import type { Scene as OrreryScene } from '@orrery/scene';
import type { Vector3 } from 'three';
import {
  OrthographicCamera,
  PCFShadowMap,
  PerspectiveCamera,
  Raycaster,
  Scene,
  Vector2,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { themeColor } from '../ui/theme.ts';
import { button, choices, element } from '../ui/element.ts';
import { viewpointNames, viewpoints, type Viewpoint } from '../view.ts';
import { createStage, type Motion, type Stage } from './stage.ts';
import { placeCamera } from './viewpoints.ts';

/** What the pane shows: one frame of an episode. */
export interface ShownScene {
  /** What the camera is placed for anew when it is another one: a run, a dataset. */
  readonly source: object;
  readonly scene: OrreryScene;
  readonly motion: Motion;
  /** Indices of the bodies that have trails, and that predictions place. */
  readonly tracked: readonly number[];
  /** [T, M, 3] m, where a prediction has the tracked bodies. */
  readonly parsed: Float32Array | undefined;
  readonly frame: number;
  readonly view: Viewpoint;
  /** Whether the camera moves with the chosen body. */
  readonly follow: boolean;
  readonly trails: boolean;
  /** Index of the chosen body in the scene. */
  readonly body: number | undefined;
}

export interface SceneActions {
  change(patch: Partial<Pick<ShownScene, 'view' | 'follow' | 'trails' | 'body'>>): void;
}

export interface ScenePane {
  readonly root: HTMLElement;
  update(shown: ShownScene): void;
  /** Draws now, for a copy of the canvas to be taken in the same task. */
  redraw(): void;
  /** Takes the theme's colours again. */
  recolor(): void;
}

/**
 * @param predictions whether there are any, which a legend then explains
 * @throws Error where the browser has no WebGL 2
 */
export function createScenePane(actions: SceneActions, predictions: boolean): ScenePane {
  const renderer = new WebGLRenderer({ antialias: true, alpha: true });
  renderer.localClippingEnabled = true;
  renderer.shadowMap.enabled = true;
  renderer.shadowMap.type = PCFShadowMap;
  // Moving the camera leaves the shadows where they are.
  renderer.shadowMap.autoUpdate = false;
  renderer.setClearColor(0x000000, 0);
  renderer.domElement.setAttribute('aria-hidden', 'true');
  const views = choices(
    'Viewpoint',
    viewpoints.map(
      (view, i) => [view, viewpointNames[view], `${viewpointNames[view]} view (${i + 1})`] as const,
    ),
    (view) => {
      actions.change({ view });
      // The preset that is chosen already brings the camera back to it.
      if (view === shown?.view) place(view);
    },
  );
  const follow = button({ title: 'Follow the chosen body (F)', class: 'choice' }, 'Follow', () =>
    actions.change({ follow: !shown?.follow }),
  );
  const trails = button({ title: 'Show trails (T)', class: 'choice' }, 'Trails', () =>
    actions.change({ trails: !shown?.trails }),
  );
  const canvasBox = element(
    'div',
    { class: 'scene-canvas', role: 'img', 'aria-label': 'The scene in 3D' },
    renderer.domElement,
  );
  const root = element(
    'section',
    { class: 'panel scene', 'aria-label': 'Scene in 3D' },
    element(
      'header',
      { class: 'caption' },
      element('span', { class: 'caption-title' }, 'Scene'),
      ...(predictions ? legend() : []),
    ),
    canvasBox,
    element(
      'footer',
      { class: 'scene-tools' },
      views.root,
      element('div', { class: 'choices' }, follow, trails),
    ),
  );

  const scene = new Scene();
  let camera: PerspectiveCamera | OrthographicCamera = new PerspectiveCamera();
  let controls: OrbitControls | undefined;
  let stage: Stage | undefined;
  let shown: ShownScene | undefined;
  let scheduled = false;
  /** Whether a person has moved the camera since it was placed. */
  let moved = false;
  /** Where the body that the camera follows was last. */
  let followed: Vector3 | undefined;

  const draw = () => {
    scheduled = false;
    renderer.render(scene, camera);
  };
  const schedule = () => {
    if (!scheduled) requestAnimationFrame(draw);
    scheduled = true;
  };
  const aspect = () => Math.max(0.2, canvasBox.clientWidth / Math.max(1, canvasBox.clientHeight));

  const place = (view: Viewpoint) => {
    if (!stage || !shown) return;
    const { position, target, up, projection } = placeCamera(
      view,
      stage.bounds,
      shown.scene.camera,
      aspect(),
    );
    camera =
      projection.kind === 'perspective'
        ? new PerspectiveCamera(projection.fieldOfView, aspect(), 0.05, 500)
        : new OrthographicCamera(0, 0, projection.height / 2, -projection.height / 2, -500, 500);
    camera.up.set(...up);
    camera.position.set(...position);
    fit();
    // The controls take the camera's "up" once, when they are made.
    controls?.dispose();
    controls = new OrbitControls(camera, renderer.domElement);
    controls.target.set(...target);
    controls.update();
    controls.addEventListener('change', schedule);
    controls.addEventListener('start', () => (moved = true));
    moved = false;
    followed = undefined;
    schedule();
  };
  /** Gives the camera the pane's aspect. */
  const fit = () => {
    if (camera instanceof PerspectiveCamera) camera.aspect = aspect();
    else {
      camera.right = camera.top * aspect();
      camera.left = -camera.right;
    }
    camera.updateProjectionMatrix();
  };
  const followBody = (body: number | undefined) => {
    if (body === undefined || !stage || !controls) {
      followed = undefined;
      return;
    }
    const now = stage.positionOf(body);
    const way = now.clone().sub(followed ?? controls.target);
    camera.position.add(way);
    controls.target.add(way);
    controls.update();
    followed = now;
  };
  const recolor = () => {
    stage?.setColors({
      prediction: themeColor('prediction'),
      error: themeColor('error'),
      edge: themeColor('edge'),
    });
    schedule();
  };

  const update = (now: ShownScene) => {
    const before = shown;
    shown = now;
    if (now.motion !== before?.motion) {
      if (stage) {
        scene.remove(stage.group);
        stage.dispose();
      }
      stage = createStage(now.scene, now.motion, now.tracked);
      scene.add(stage.group);
      recolor();
    }
    if (!stage) return;
    const chosen = now.body ?? now.tracked[0];
    renderer.shadowMap.needsUpdate = true;
    stage.show(now.frame, now.parsed, { trails: now.trails, body: now.body });
    if (now.view !== before?.view || now.source !== before.source) place(now.view);
    if (before && chosen !== (before.body ?? now.tracked[0])) followed = undefined;
    followBody(now.follow ? chosen : undefined);
    views.show(now.view);
    follow.setAttribute('aria-pressed', String(now.follow));
    trails.setAttribute('aria-pressed', String(now.trails));
    schedule();
  };

  new ResizeObserver(() => {
    renderer.setPixelRatio(window.devicePixelRatio);
    renderer.setSize(canvasBox.clientWidth, canvasBox.clientHeight, false);
    // A preset fits the pane it was made for.
    if (shown && !moved && !shown.follow) place(shown.view);
    else fit();
    draw();
  }).observe(canvasBox);

  onPick(renderer.domElement, (at) => {
    const caster = new Raycaster();
    caster.setFromCamera(at, camera);
    const meshes = stage?.pickable.filter(({ mesh }) => mesh.visible) ?? [];
    const hit = caster.intersectObjects(meshes.map(({ mesh }) => mesh))[0];
    actions.change({ body: meshes.find(({ mesh }) => mesh === hit?.object)?.body });
  });

  return { root, update, redraw: draw, recolor };
}

/** What solid bodies, ghosts and lines stand for. */
function legend(): HTMLElement[] {
  return [
    element('span', { class: 'key key-truth' }, 'truth'),
    element('span', { class: 'key key-ghost' }, 'parsed from prediction'),
    element('span', { class: 'key key-error' }, 'error'),
  ];
}

/** Calls back with normalised device coordinates on a click that was not the end of a drag. */
function onPick(canvas: HTMLElement, pick: (at: Vector2) => void): void {
  let down: PointerEvent | undefined;
  canvas.addEventListener('pointerdown', (event) => (down = event.button === 0 ? event : undefined));
  canvas.addEventListener('pointerup', (event) => {
    if (!down || Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > 4) return;
    const { left, top, width, height } = canvas.getBoundingClientRect();
    pick(new Vector2(((event.clientX - left) / width) * 2 - 1, 1 - ((event.clientY - top) / height) * 2));
  });
}
