import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonEnvironment, runPython } from '@orrery/python';
import { afterAll, expect, test, vi } from 'vitest';
import { blank, paste, type Picture } from '../index.ts';
import { createVideo } from './index.ts';

vi.setConfig({ testTimeout: 30_000 });

const root = mkdtempSync(join(tmpdir(), 'orrery-video-'));
afterAll(() => rmSync(root, { recursive: true }));
const environment = await pythonEnvironment();

const handlers = () =>
  process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
const handlersBefore = handlers();

/** A square that goes to the right before a background of two colours. */
function frame(t: number): Picture {
  const picture = blank(48, 32, [40, 60, 90]);
  paste(blank(48, 12, [200, 190, 180]), picture, 0, 20);
  paste(blank(8, 8, [220, 60, 40]), picture, 2 * t, 12);
  return picture;
}
const frames = Array.from({ length: 15 }, (_, t) => frame(t));

async function encode(pictures: readonly Picture[], rate: number): Promise<Uint8Array> {
  const { width, height } = pictures[0]!;
  const video = await createVideo({ width, height, rate, keyInterval: 4, quantizer: 10 });
  for (const picture of pictures) video.add(picture);
  return video.finish();
}

const DECODE = `
import av, json, sys
with av.open(sys.argv[1]) as file:
    stream = file.streams.video[0]
    frames = list(file.decode(stream))
    jumps = []
    for i in range(len(frames)):
        file.seek(frames[i].pts, backward=True, stream=stream)
        jumps.append([frames.index(next(f for f in frames if f.pts == packet.pts)) for packet, _ in zip(file.demux(stream), range(1))][0])
    print(json.dumps({"jumps": jumps, "codec": stream.codec_context.name, "format": stream.codec_context.pix_fmt,
        "rate": str(stream.average_rate), "times": [float(frame.pts * stream.time_base) for frame in frames],
        "keys": [i for i, frame in enumerate(frames) if frame.key_frame],
        "frames": [frame.to_ndarray(format="rgb24").ravel().tolist() for frame in frames]}))
`;

test('ffmpeg (PyAV) decodes each frame at its time, with the colours it was given', async (context) => {
  if ('skipped' in environment) return context.skip(environment.skipped);
  const [script, file] = [join(root, 'decode.py'), join(root, 'square.mp4')];
  writeFileSync(script, DECODE);
  writeFileSync(file, await encode(frames, 20));
  const decoded = JSON.parse(await runPython(environment.python, script, [file]));
  expect(decoded).toMatchObject({ codec: 'h264', format: 'yuv420p', rate: '20', keys: [0, 4, 8, 12] });
  // Who jumps to a frame begins at the key frame before it.
  expect(decoded.jumps).toEqual(frames.map((_, t) => t - (t % 4)));
  expect(decoded.times).toEqual(frames.map((_, t) => t / 20));
  frames.forEach(({ data }, t) => {
    const errors = decoded.frames[t].map((value: number, i: number) => Math.abs(value - data[i]!));
    expect(errors.reduce((a: number, b: number) => a + b) / errors.length).toBeLessThan(1.5);
    // Inside areas of one colour; edges have half the resolution in colour.
    for (const [x, y] of [
      [40, 8],
      [40, 26],
      [2 * t + 4, 16],
    ] as const)
      for (let c = 0; c < 3; c++) expect(errors[(y * 48 + x) * 3 + c]).toBeLessThanOrEqual(4);
  });
});

test('the same frames give the same file, whatever was encoded before or is being encoded', async () => {
  const first = await encode(frames, 20);
  await new Promise((resolve) => setTimeout(resolve, 1100)); // MP4 files know the second in which they were made
  const other = await createVideo({ width: 16, height: 16, rate: 7 });
  other.add(blank(16, 16, [9, 9, 9]));
  expect(await encode(frames, 20)).toEqual(first);
  expect(other.finish().length).toBeGreaterThan(100);
  (await createVideo({ width: 16, height: 16, rate: 7 })).discard();
});

test('sizes that do not fit are named', async () => {
  await expect(createVideo({ width: 33, height: 32, rate: 20 })).rejects.toThrow('video width 33: ');
  const video = await createVideo({ width: 32, height: 32, rate: 20 });
  expect(() => video.add(blank(30, 32, [0, 0, 0]))).toThrow('frame of 30x32: the video is 32x32');
  video.discard();
});

test('the encoder leaves no handlers on the process', async () => {
  (await createVideo({ width: 16, height: 16, rate: 7 })).discard();
  expect(handlers()).toBe(handlersBefore);
});
