/** All that `orrery inspect` writes: contact sheet, video, statistics and a page that shows them. */
import { join } from 'node:path';
import type { Dataset, Picture } from '@orrery/dataset';
import { encodePng } from '@orrery/media';
import { writeFileAtomic, writeJsonAtomic } from '@orrery/storage';
import { chooseEpisodes } from './choose.ts';
import { contactSheet } from './contact-sheet.ts';
import { renderInspection } from './report/report.ts';
import { measureDataset } from './statistics/measure.ts';
import type { DatasetStatistics } from './statistics/schema.ts';
import { episodesVideo } from './video.ts';

export interface InspectOptions {
  readonly dataset: Dataset;
  /** Where the dataset lies. */
  readonly folder: string;
  /** Where to write. */
  readonly out: string;
  /** Episodes to show; some of each split unless given. */
  readonly episodes?: readonly number[] | undefined;
  /** Frames of each on the contact sheet. */
  readonly frames: number;
  readonly pictures: readonly Picture[];
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Inspection {
  readonly statistics: DatasetStatistics;
  /** Paths of what was written, by what they hold. */
  readonly files: Readonly<Record<'contactSheet' | 'video' | 'statistics' | 'report', string>>;
}

/** Rows of the sheet, and tiles of the video, unless episodes are named. */
const SHOWN = 9;

/** @throws for an episode that is not there, pictures that the dataset lacks, a damaged shard, a disk that fails */
export async function inspectDataset(options: InspectOptions): Promise<Inspection> {
  const { dataset, out, frames, pictures, signal } = options;
  const episodes = options.episodes ?? chooseEpisodes(dataset, Math.ceil(SHOWN / pictures.length));
  const sheet = encodePng(await contactSheet(dataset, { episodes, frames, pictures }));
  const video = await episodesVideo(dataset, { episodes, pictures, signal });
  const statistics = await measureDataset(options);
  const files = {
    contactSheet: join(out, 'contact-sheet.png'),
    video: join(out, 'episodes.mp4'),
    statistics: join(out, 'statistics.json'),
    report: join(out, 'index.html'),
  };
  await writeFileAtomic(files.contactSheet, sheet);
  await writeFileAtomic(files.video, video);
  await writeJsonAtomic(files.statistics, statistics);
  await writeFileAtomic(files.report, renderInspection({ statistics, contactSheet: sheet, video }));
  return { statistics, files };
}
