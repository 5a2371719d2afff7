/** For tests: the server as a process, and what is sent to it and comes back. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { openFolder } from '@orrery/dataset/node';
import { createImagination, loadCheckpoint, readStates } from '@orrery/train';
import { startPython } from './runner.fixture.ts';

export interface Sent {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array;
}

/** A safetensors file, by its specification: https://huggingface.co/docs/safetensors. */
export function encode(arrays: Readonly<Record<string, Sent>>): Buffer<ArrayBuffer> {
  let end = 0;
  const entries = Object.entries(arrays).map(([name, { shape, data }]) => {
    const dtype = data instanceof Uint8Array ? 'U8' : 'F32';
    return [name, { dtype, shape, data_offsets: [end, (end += data.byteLength)] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const bodies = Object.values(arrays).map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)); // prettier-ignore
  return Buffer.concat([length, header, ...bodies]);
}

export interface Answer {
  readonly arrays: Readonly<Record<string, Sent>>;
  readonly metadata: Readonly<Record<string, string>>;
}

export function decode(bytes: Uint8Array): Answer {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = 8 + Number(view.getBigUint64(0, true));
  const { __metadata__: metadata, ...entries } = JSON.parse(
    Buffer.from(bytes.subarray(8, start)).toString(),
  ) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> & {
    __metadata__: Record<string, string>;
  };
  const arrays = Object.entries(entries).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ]) => {
      const own = bytes.slice(start + from, start + to);
      return [name, { shape, data: dtype === 'U8' ? own : new Float32Array(own.buffer) }] as const;
    },
  );
  return { arrays: Object.fromEntries(arrays), metadata };
}

export interface Server {
  readonly child: ChildProcess;
  readonly address: string;
  /** Lines of standard output so far. */
  readonly events: Record<string, unknown>[];
  /** What it says of its health when it begins to listen. */
  readonly first: { readonly status: number; readonly body: unknown };
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
  imagine(query: string, arrays: Readonly<Record<string, Sent>>): Promise<Answer>;
}

export interface Started {
  readonly child: ChildProcess;
  readonly events: Record<string, unknown>[];
  readonly ended: Server['ended'];
}

/** @param onEvent called for each line of standard output */
export function start(
  python: string,
  bundle: string,
  args: readonly string[],
  onEvent: (event: Record<string, unknown>) => void = () => {},
): Started {
  const words = [join(bundle, 'serve.py'), bundle, '--platform', 'cpu', '--port', '0', ...args];
  const events: Record<string, unknown>[] = [];
  const { child, ended } = startPython(python, words, (event) => {
    events.push(event);
    onEvent(event);
  });
  return { child, events, ended: ended.then(({ code, stderr }) => ({ code, stderr })) };
}

/** Starts a server and waits until it is ready. */
export async function serve(python: string, bundle: string, args: readonly string[] = []): Promise<Server> {
  let heard: (event: Record<string, unknown>) => void = () => {};
  const started = start(python, bundle, args, (event) => heard(event));
  const said = (wanted: string) =>
    Promise.race([
      new Promise<Record<string, unknown>>((resolve) => {
        const known = started.events.find(({ event }) => event === wanted);
        if (known) return resolve(known);
        heard = (event) => event['event'] === wanted && resolve(event);
      }),
      started.ended.then(({ code, stderr }): never => {
        throw new Error(`server: exit code ${code} before "${wanted}": ${stderr}`);
      }),
    ]);
  const { port } = await said('listening');
  const address = `http://127.0.0.1:${String(port)}`;
  const health = await fetch(`${address}/healthz`);
  const first = { status: health.status, body: await health.json() };
  await said('ready');
  return {
    ...{ ...started, address, first },
    async imagine(query, arrays) {
      const response = await fetch(`${address}/v1/imagine?${query}`, {
        method: 'POST',
        body: encode(arrays),
      });
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      return decode(new Uint8Array(await response.arrayBuffer()));
    },
  };
}

/** Contexts of the first frames of some episodes of a dataset, as a run's model takes them, [clips, ...]; and actions. */
export async function contextsOf(
  run: string,
  { data, clips, steps }: { readonly data: string; readonly clips: number; readonly steps: number },
): Promise<Record<string, Sent>> {
  const { model, run: recorded } = await loadCheckpoint(run);
  const { world } = recorded;
  const dataset = await openFolder(data);
  const length = model.contextFrames;
  const each = await Promise.all(
    Array.from({ length: clips }, async (_, episode): Promise<Record<string, Sent['data']>> => {
      if (world.sees === 'frames')
        return {
          context: (await dataset.readClip({ episode, start: 0, length }, ['rgb'])).rgb as Uint8Array,
        };
      const { motion, bodies } = await readStates(dataset, { episode, start: 0 }, length);
      return { context: motion, bodies };
    }),
  );
  const shapes =
    world.sees === 'frames'
      ? { context: [length, world.height, world.width, world.channels] }
      : { context: [length, world.bodies, 13], bodies: [world.bodies, 12] };
  const arrays = Object.entries(shapes).map(([name, shape]): readonly [string, Sent] => {
    const parts = each.map((own) => own[name]);
    const bytes = Buffer.concat(
      parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)),
    );
    const copy = new Uint8Array(bytes);
    const data = parts[0] instanceof Uint8Array ? copy : new Float32Array(copy.buffer);
    return [name, { shape: [clips, ...shape], data }];
  });
  if (world.actions === 0) return Object.fromEntries(arrays);
  const shape = [clips, length - 1 + steps, world.actions];
  const count = shape.reduce((product, extent) => product * extent, 1);
  const actions = { shape, data: Float32Array.from({ length: count }, (_, i) => Math.sin(i)) };
  return { ...Object.fromEntries(arrays), actions };
}

/** What onnxruntime imagines from the same arrays: the noise is that of seed 0. */
export async function imagineHere(
  run: string,
  { context, bodies, actions }: Readonly<Record<string, Sent>>,
  steps: number,
): Promise<Sent['data']> {
  const imagination = createImagination(await loadCheckpoint(run), { threads: 1 });
  try {
    const shown = { context: context.data, ...(bodies && { bodies: bodies.data }) };
    const acting = actions && { actions: actions.data as Float32Array };
    return await imagination.rollout(shown, context.shape[0], steps, acting);
  } finally {
    await imagination.close();
  }
}

/** Of two arrays of the same length; Infinity where there is not one for each. */
export function furthestApart(a: Sent['data'], b: Sent['data']): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);
}
