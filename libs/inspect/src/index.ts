export { chooseEpisodes, splitOf } from './choose.ts';
export { contactSheet, type ContactSheetOptions } from './contact-sheet.ts';
export { croissantMetadata, type CroissantOptions } from './croissant.ts';
export { episodeFrames } from './frames.ts';
export { inspectDataset, type Inspection, type InspectOptions } from './inspect.ts';
export { measureDataset, type MeasureOptions } from './statistics/measure.ts';
export type { DatasetStatistics } from './statistics/schema.ts';
export {
  actionsTable,
  arraysTable,
  factorsTable,
  formatBytes,
  formatNumber,
  splitsTable,
  type Table,
} from './statistics/tables.ts';
export { episodesVideo, type EpisodesVideoOptions } from './video.ts';
