/** What a person chooses to look at, apart from run, rollout and frame. */

export const layouts = ['side', 'wipe', 'overlay', 'difference'] as const;
export type Layout = (typeof layouts)[number];

export const layoutNames: Readonly<Record<Layout, string>> = {
  side: 'Side by side',
  wipe: 'Wipe',
  overlay: 'Overlay',
  difference: 'Difference',
};

/** Viewpoints of the 3D pane. `camera` is the camera that rendered the frames. */
export const viewpoints = ['camera', 'corner', 'front', 'side', 'top'] as const;
export type Viewpoint = (typeof viewpoints)[number];

export const viewpointNames: Readonly<Record<Viewpoint, string>> = {
  camera: 'Camera',
  corner: 'Corner',
  front: 'Front',
  side: 'Side',
  top: 'Top',
};
