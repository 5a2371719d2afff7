export type { ConvertOptions } from './convert.ts';
export { convertToLeRobot, type LeRobotOptions } from './lerobot/lerobot.ts';
export { conversionBytes } from './space.ts';
export { convertToNpz, type NpzOptions } from './npz/npz.ts';
