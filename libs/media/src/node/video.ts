/**
 * MP4 files with H.264 video, made by minih264 compiled to wasm (npm package h264-mp4-encoder): no ffmpeg needed.
 *
 * The encoder takes YUV 4:2:0, so colours have half the resolution of brightness. The conversion is ours, because the
 * encoder's own halves the colours by dropping pixels: ITU-R BT.601, limited range, colours averaged over 2x2 pixels.
 */
import { createRequire } from 'node:module';
import type * as Encoder from 'h264-mp4-encoder';
import type { Picture } from '../picture/picture.ts';
import { completeMp4 } from './mp4.ts';

export interface VideoOptions {
  readonly width: number;
  readonly height: number;
  /** Frames a second. */
  readonly rate: number;
  /** Frames from one that can be decoded alone to the next; 12 unless given. */
  readonly keyInterval?: number | undefined;
  /** Quantization parameter, 10 (best) to 51; 20 unless given. */
  readonly quantizer?: number | undefined;
}

export interface Video {
  /** Encodes the next frame. @throws where its size is not the video's */
  add(frame: Picture): void;
  /** Ends the video. @returns the MP4 file */
  finish(): Uint8Array<ArrayBuffer>;
  /** Frees the encoder without a file. */
  discard(): void;
}

let loading: Promise<typeof Encoder> | undefined;

/** The encoder's module, without the handlers that it puts on the process, which would change how errors end it. */
async function loadEncoder(): Promise<typeof Encoder> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const listeners = (event: string) => process.listeners(event as 'uncaughtException');
  const before = events.map(listeners);
  // A script of webpack's, whose exports an import does not see.
  const module: typeof Encoder = createRequire(import.meta.url)('h264-mp4-encoder');
  (await module.createH264MP4Encoder()).delete();
  events.forEach((event, i) => {
    for (const listener of listeners(event)) if (!before[i]!.includes(listener)) process.off(event, listener);
  });
  return module;
}

let videos = 0;

/**
 * Begins a video.
 * @throws RangeError for a width or height that is odd
 */
export async function createVideo(options: VideoOptions): Promise<Video> {
  const { width, height, rate, keyInterval = 12, quantizer = 20 } = options;
  for (const [name, value] of Object.entries({ width, height }))
    if (!Number.isInteger(value) || value < 2 || value % 2 !== 0)
      throw new RangeError(`video ${name} ${value}: H.264 wants an even number of pixels; enlarge or pad it`);
  const encoder = await (await (loading ??= loadEncoder())).createH264MP4Encoder();
  encoder.width = width;
  encoder.height = height;
  encoder.frameRate = rate;
  encoder.groupOfPictures = keyInterval;
  encoder.quantizationParameter = quantizer;
  encoder.speed = 0;
  // All encoders share one file system in memory.
  encoder.outputFilename = `video-${videos++}.mp4`;
  encoder.initialize();
  let frames = 0;
  const planes = new Uint8Array((width * height * 3) / 2);
  const close = () => {
    encoder.FS.unlink(encoder.outputFilename);
    encoder.delete();
  };
  return {
    add(frame) {
      if (frame.width !== width || frame.height !== height)
        throw new RangeError(
          `frame of ${frame.width}x${frame.height}: the video is ${width}x${height}; give it that size`,
        );
      encoder.addFrameYuv(toPlanes(frame, planes));
      frames++;
    },
    finish() {
      encoder.finalize();
      const keyFrames = Array.from({ length: Math.ceil(frames / keyInterval) }, (_, i) => i * keyInterval);
      const file = completeMp4(encoder.FS.readFile(encoder.outputFilename), keyFrames);
      close();
      return file;
    },
    discard() {
      encoder.finalize();
      close();
    },
  };
}

/**
 * sRGB to Y'CbCr 4:2:0 as ITU-R BT.601 has it, limited range.
 * @param planes [H, W] of Y, then [H/2, W/2] of Cb and of Cr
 */
function toPlanes({ width, height, data }: Picture, planes: Uint8Array): Uint8Array {
  const pixels = width * height;
  for (let i = 0; i < pixels; i++)
    planes[i] = Math.round(
      16 + (65.481 * data[3 * i]! + 128.553 * data[3 * i + 1]! + 24.966 * data[3 * i + 2]!) / 255,
    );
  for (let y = 0; y < height; y += 2)
    for (let x = 0; x < width; x += 2) {
      const above = (y * width + x) * 3;
      const below = above + width * 3;
      const mean = (c: number) =>
        (data[above + c]! + data[above + 3 + c]! + data[below + c]! + data[below + 3 + c]!) / 1020;
      const [r, g, b] = [mean(0), mean(1), mean(2)];
      const at = pixels + (y / 2) * (width / 2) + x / 2;
      planes[at] = Math.round(128 - 37.797 * r - 74.203 * g + 112 * b);
      planes[at + pixels / 4] = Math.round(128 + 112 * r - 93.786 * g - 18.214 * b);
    }
  return planes;
}
