export { createVideo, type Video, type VideoOptions } from './video.ts';
