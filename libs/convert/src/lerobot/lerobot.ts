/**
 * A dataset as a LeRobot dataset, version 3.0: frames as H.264 in MP4, everything else as Parquet.
 *
 * Source: huggingface/lerobot, docs/source/lerobot-dataset-v3.mdx and src/lerobot/datasets.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Dataset } from '@orrery/dataset';
import { createVideo, type Video } from '@orrery/media/node';
import { writeWholeFolder } from '@orrery/storage';
import type { ConvertOptions } from '../convert.ts';
import { lerobotLayout, stateRows, type LeRobotLayout } from './features.ts';
import { createParquet, type Column, type ParquetFile } from './parquet.ts';
import { featureStatistics, mergeStatistics, type FeatureStatistics } from './statistics.ts';

export interface LeRobotOptions {
  /** Quantization parameter of the video, 10 (best) to 51. */
  readonly quantizer: number;
}

/** What LeRobot's own writer keeps to. */
const CHUNK_FILES = 1000;
const DATA_FILE_MB = 100;
const VIDEO_FILE_MB = 500;
/** Every other frame can be decoded alone, as LeRobot's own videos have it: random frames are what they are read for. */
const KEY_INTERVAL = 2;
/** Pixels of a video file: the encoder has it in memory, which is a few hundred megabytes then. */
const VIDEO_PIXELS = 4e8;
const ROW_BYTES_OF_INDICES = 4 + 4 * 8;

const place = (file: number) =>
  ({ chunk: Math.floor(file / CHUNK_FILES), file: file % CHUNK_FILES }) as const;
const fileName = (file: number) => {
  const digits = (n: number) => String(n).padStart(3, '0');
  return `chunk-${digits(place(file).chunk)}/file-${digits(place(file).file)}`;
};

/** Where an episode lies, and what is in it. */
interface EpisodeRow {
  readonly episode: number;
  readonly from: number;
  readonly to: number;
  readonly dataFile: number;
  readonly videoFile: number;
  /** Its first frame in the video file. */
  readonly videoFrame: number;
  readonly statistics: Readonly<Record<string, FeatureStatistics>>;
}

/**
 * Writes meta/, data/ and videos/.
 * @throws where the folder is there already, the dataset has no colour pictures or an odd number of pixels, a shard is
 * damaged, or the disk fails; nothing is left behind then
 */
export async function convertToLeRobot(
  options: ConvertOptions,
  { quantizer }: LeRobotOptions,
): Promise<void> {
  const { dataset, out, onProgress = () => {}, signal } = options;
  const { spec, actions, bodies } = dataset.manifest;
  if (!dataset.arrays.includes('rgb'))
    throw new Error(
      `dataset "${spec.name}": has no pictures "rgb" to make a video of; generate it with them`,
    );
  const { scene } = await dataset.readEpisode(0);
  const layout = lerobotLayout(dataset, scene);
  await writeWholeFolder(out, async (folder) => {
    const videos = videoFiles(folder, dataset, layout, quantizer);
    const data = dataFiles(folder, layout);
    const rows: EpisodeRow[] = [];
    try {
      for (let episode = 0; episode < dataset.episodes; episode++) {
        signal?.throwIfAborted();
        const clip = await dataset.readClip({ episode, start: 0, length: dataset.frames }, [
          ...(['rgb', 'position', 'quaternion', 'velocity', 'angular_velocity'] as const),
          ...(actions.length > 0 ? (['action'] as const) : []),
        ]);
        const state = stateRows(clip, layout.bodies, bodies.length, dataset.frames);
        const action = Array.from({ length: actions.length > 0 ? dataset.frames : 0 }, (_, t) =>
          clip.action.slice(t * actions.length, (t + 1) * actions.length),
        );
        const from = episode * dataset.frames;
        const indices = frameIndices(episode, from, dataset.frames, layout.rate);
        const pictures = Array.from({ length: dataset.frames }, (_, t) =>
          clip.rgb.subarray(t * spec.width * spec.height * 3, (t + 1) * spec.width * spec.height * 3),
        );
        rows.push({
          ...{ episode, from, to: from + dataset.frames },
          dataFile: data.write({
            'observation.state': state,
            ...(action.length > 0 && { action }),
            ...indices,
          }),
          ...(await videos.write(pictures)),
          statistics: {
            [layout.camera]: featureStatistics(pictures, 3, 255),
            'observation.state': featureStatistics(state, state[0]!.length),
            ...(action.length > 0 && { action: featureStatistics(action, actions.length) }),
            ...Object.fromEntries(
              Object.entries(indices).map(([name, values]) => [
                name,
                featureStatistics(
                  values.map((value) => [Number(value)]),
                  1,
                ),
              ]),
            ),
          },
        });
        onProgress({ done: episode + 1, total: dataset.episodes });
      }
      data.finish();
      videos.finish();
    } catch (error) {
      videos.discard();
      throw error;
    }
    writeMetadata(folder, dataset, layout, rows);
  });
}

function frameIndices(episode: number, from: number, frames: number, rate: number) {
  const each = <T>(value: (t: number) => T) => Array.from({ length: frames }, (_, t) => value(t));
  return {
    timestamp: each((t) => t / rate),
    frame_index: each((t) => BigInt(t)),
    episode_index: each(() => BigInt(episode)),
    index: each((t) => BigInt(from + t)),
    task_index: each(() => 0n),
  };
}

/** `data/`: a row a frame, a row group an episode, a new file where one is full. */
function dataFiles(folder: string, { features }: LeRobotLayout) {
  const columns = Object.entries(features).flatMap(([name, { dtype, shape }]): Column[] => {
    if (dtype === 'video') return [];
    const type = dtype === 'int64' ? 'INT64' : 'FLOAT';
    return [{ name, type, depth: shape[0] === 1 ? 0 : 1 }];
  });
  const rowBytes = Object.values(features)
    .filter(({ dtype }) => dtype === 'float32')
    .reduce((sum, { shape }) => sum + 4 * shape[0]!, ROW_BYTES_OF_INDICES);
  let [file, bytes] = [-1, Infinity];
  let current: ParquetFile | undefined;
  return {
    /** @returns the number of the file */
    write(rows: Parameters<ParquetFile['write']>[0]): number {
      const added = rows['index']!.length * rowBytes;
      if (bytes + added > DATA_FILE_MB * 2 ** 20) {
        current?.finish();
        current = createParquet(join(folder, 'data', `${fileName(++file)}.parquet`), columns);
        bytes = 0;
      }
      current!.write(rows);
      bytes += added;
      return file;
    },
    finish: () => current?.finish(),
  };
}

/** `videos/<camera>/`: episodes one after the other, a new file where one is full. */
function videoFiles(
  folder: string,
  { manifest }: Dataset,
  { camera, rate }: LeRobotLayout,
  quantizer: number,
) {
  const { width, height } = manifest.spec;
  let [videoFile, frames] = [-1, 0];
  let current: Video | undefined;
  const finish = () => {
    if (current === undefined) return;
    const path = join(folder, 'videos', camera, `${fileName(videoFile)}.mp4`);
    mkdirSync(dirname(path), { recursive: true });
    const video = current;
    current = undefined;
    writeFileSync(path, video.finish());
  };
  return {
    async write(pictures: readonly Uint8Array[]): Promise<Pick<EpisodeRow, 'videoFile' | 'videoFrame'>> {
      if (current === undefined || (frames + pictures.length) * width * height > VIDEO_PIXELS) {
        finish();
        videoFile++;
        frames = 0;
        current = await createVideo({ width, height, rate, keyInterval: KEY_INTERVAL, quantizer });
      }
      for (const data of pictures) current.add({ width, height, data });
      const videoFrame = frames;
      frames += pictures.length;
      return { videoFile, videoFrame };
    },
    finish,
    discard() {
      current?.discard();
      current = undefined;
    },
  };
}

/** `meta/`: what there is, where each episode lies, and statistics. */
function writeMetadata(
  folder: string,
  dataset: Dataset,
  layout: LeRobotLayout,
  rows: readonly EpisodeRow[],
): void {
  const { manifest, frames, episodes } = dataset;
  const { features, rate, camera } = layout;
  const writeJson = (path: string, value: unknown) =>
    writeFileSync(join(folder, path), JSON.stringify(value, null, 4) + '\n');
  const task = `${manifest.spec.scene}: what happens next`;
  createTasks(folder, task);
  createEpisodes(folder, layout, rows, task);
  const all = Object.fromEntries(
    Object.keys(features).map((name) => [
      name,
      shaped(rows.map(({ statistics }) => statistics[name]!).reduce(mergeStatistics), name === camera),
    ]),
  );
  writeJson('meta/stats.json', all);
  writeJson('meta/info.json', {
    codebase_version: 'v3.0',
    robot_type: null,
    ...{ total_episodes: episodes, total_frames: episodes * frames, total_tasks: 1 },
    ...{
      chunks_size: CHUNK_FILES,
      data_files_size_in_mb: DATA_FILE_MB,
      video_files_size_in_mb: VIDEO_FILE_MB,
    },
    fps: rate,
    splits: Object.fromEntries(
      Object.entries(manifest.splits).map(([name, { start, count }]) => [name, `${start}:${start + count}`]),
    ),
    data_path: 'data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet',
    video_path: 'videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4',
    features,
  });
}

/** `tasks.parquet` is read by pandas, whose index is the task's text. */
function createTasks(folder: string, task: string): void {
  const columns: Column[] = [
    { name: 'task_index', type: 'INT64' },
    { name: 'task', type: 'STRING' },
  ];
  const described = { field_name: '', metadata: null };
  const tasks = createParquet(join(folder, 'meta/tasks.parquet'), columns, {
    pandas: {
      index_columns: ['task'],
      column_indexes: [],
      columns: [
        {
          ...described,
          name: 'task_index',
          field_name: 'task_index',
          pandas_type: 'int64',
          numpy_type: 'int64',
        },
        { ...described, name: 'task', field_name: 'task', pandas_type: 'unicode', numpy_type: 'object' },
      ],
      creator: { library: 'orrery', version: '1' },
      pandas_version: '2.0.0',
    },
  });
  tasks.write({ task_index: [0n], task: [task] });
  tasks.finish();
}

const STATISTICS = ['min', 'max', 'mean', 'std'] as const;

function createEpisodes(
  folder: string,
  { features, camera, rate }: LeRobotLayout,
  rows: readonly EpisodeRow[],
  task: string,
): void {
  const integer = (name: string, value: (row: EpisodeRow) => number) =>
    [{ name, type: 'INT64' }, (row: EpisodeRow) => BigInt(value(row))] as const;
  const columns: readonly (readonly [Column, (row: EpisodeRow) => unknown])[] = [
    integer('episode_index', ({ episode }) => episode),
    [{ name: 'tasks', type: 'STRING', depth: 1 }, () => [task]],
    integer('length', ({ from, to }) => to - from),
    integer('data/chunk_index', ({ dataFile }) => place(dataFile).chunk),
    integer('data/file_index', ({ dataFile }) => place(dataFile).file),
    integer('dataset_from_index', ({ from }) => from),
    integer('dataset_to_index', ({ to }) => to),
    integer(`videos/${camera}/chunk_index`, ({ videoFile }) => place(videoFile).chunk),
    integer(`videos/${camera}/file_index`, ({ videoFile }) => place(videoFile).file),
    [{ name: `videos/${camera}/from_timestamp`, type: 'DOUBLE' }, ({ videoFrame }) => videoFrame / rate],
    [
      { name: `videos/${camera}/to_timestamp`, type: 'DOUBLE' },
      ({ videoFrame, from, to }) => (videoFrame + to - from) / rate,
    ],
    ...Object.keys(features).flatMap((feature) => [
      ...STATISTICS.map(
        (name) =>
          [
            { name: `stats/${feature}/${name}`, type: 'DOUBLE', depth: feature === camera ? 3 : 1 },
            ({ statistics }: EpisodeRow) => shaped(statistics[feature]!, feature === camera)[name],
          ] as const,
      ),
      [
        { name: `stats/${feature}/count`, type: 'INT64', depth: 1 },
        ({ statistics }: EpisodeRow) => [BigInt(statistics[feature]!.count)],
      ] as const,
    ]),
    integer('meta/episodes/chunk_index', () => 0),
    integer('meta/episodes/file_index', () => 0),
  ];
  const file = createParquet(
    join(folder, 'meta/episodes', `${fileName(0)}.parquet`),
    columns.map(([column]) => column),
  );
  file.write(Object.fromEntries(columns.map(([{ name }, value]) => [name, rows.map(value)])));
  file.finish();
}

/** Statistics in LeRobot's shapes: [C], of pictures [C, 1, 1]; the count [1]. */
function shaped(statistics: FeatureStatistics, picture: boolean) {
  const shape = (values: number[]) => (picture ? values.map((value) => [[value]]) : values);
  const { min, max, mean, std, count } = statistics;
  return { min: shape(min), max: shape(max), mean: shape(mean), std: shape(std), count: [count] };
}
