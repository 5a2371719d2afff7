import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isLoopbackHost,
  parseRange,
  splitPath,
  startViewerServer,
  type ViewerServer,
} from './viewer-server.ts';

let folder: string;
let viewerFolder: string;
let runsFolder: string;
let server: ViewerServer;
/** 0, 1, 2, ... 99: a byte's value is its offset. */
const bytes = Buffer.from(Array.from({ length: 100 }, (_, i) => i));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-server-'));
  viewerFolder = join(folder, 'viewer');
  runsFolder = join(folder, 'runs');
  await mkdir(join(viewerFolder, 'assets'), { recursive: true });
  await writeFile(join(viewerFolder, 'index.html'), '<!doctype html><title>Orrery</title>');
  await writeFile(join(viewerFolder, 'assets', 'main.js'), 'export {};');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await mkdir(join(runsFolder, 'a', 'rollouts.zarr', 'truth', 'c'), { recursive: true });
  await writeFile(join(runsFolder, 'a', 'rollouts.zarr', 'truth', 'c', '0'), bytes);
  await writeFile(
    join(runsFolder, 'a', 'rollouts.zarr', 'zarr.json'),
    JSON.stringify({ attributes: { dataset: 'bounce', family: 'convolution' } }),
  );
  await writeFile(
    join(runsFolder, 'a', 'scorecard.json'),
    JSON.stringify({ figures: [{ name: 'psnr', value: 31.5, unit: 'dB' }, { value: 3 }] }),
  );
  await writeFile(join(runsFolder, 'a', 'report.html'), '<p>report</p>');
  await writeFile(join(runsFolder, 'a', 'empty'), '');
  await writeFile(join(runsFolder, 'a', 'with space %41.txt'), 'odd name');
  await symlink(join(folder, 'secret.txt'), join(runsFolder, 'a', 'link.txt'));
  await symlink('report.html', join(runsFolder, 'a', 'inner.html'));
  await symlink(folder, join(runsFolder, 'outside'));
  await symlink('a', join(runsFolder, 'latest'));
  await mkdir(join(runsFolder, 'b', 'rollouts.zarr'), { recursive: true });
  await writeFile(join(runsFolder, 'b', 'rollouts.zarr', 'zarr.json'), '{"attributes":{"dataset":5');
  await writeFile(join(runsFolder, 'b', 'scorecard.json'), '[]');
  await mkdir(join(runsFolder, 'without-rollouts'));
  await writeFile(join(runsFolder, 'a file'), '');
  await utimes(join(runsFolder, 'a', 'rollouts.zarr'), new Date(2000), new Date(2000));
  await utimes(join(runsFolder, 'b', 'rollouts.zarr'), new Date(3000), new Date(3000));
  server = await startViewerServer({ viewerFolder, runsFolder, port: 0 });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
}

/** Sends the path exactly as written; fetch would resolve "..". */
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const request = httpRequest({ host: '127.0.0.1', port: server.port, path, headers, method, agent: false });
  request.end();
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

const shard = '/runs/a/rollouts.zarr/truth/c/0';

describe('what is served', () => {
  it('serves the page and its assets with types and a policy that keeps them at home', async () => {
    const page = await ask('/');
    expect(page.status).toBe(200);
    expect(page.body.toString()).toContain('Orrery');
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    });
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'self';/);
    expect(page.headers['content-security-policy']).not.toMatch(/unsafe/);
    const script = await ask('/assets/main.js?v=1');
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await ask('/assets')).status).toBe(404);
    expect((await ask('/missing.js')).status).toBe(404);
  });

  it('lists the runs that have rollouts, newest first, the damaged ones too', async () => {
    const { body, headers } = await ask('/api/runs');
    expect(headers['content-type']).toBe('application/json');
    const a = {
      dataset: 'bounce',
      family: 'convolution',
      figures: [{ name: 'psnr', value: 31.5, unit: 'dB' }],
      report: true,
      written: '1970-01-01T00:00:02.000Z',
    };
    expect(JSON.parse(body.toString())).toEqual({
      runs: [
        {
          id: 'b',
          dataset: null,
          family: null,
          figures: [],
          report: false,
          written: '1970-01-01T00:00:03.000Z',
        },
        { id: 'a', ...a },
      ],
    });
  });

  it('lists nothing where there is no runs folder yet', async () => {
    const other = await startViewerServer({ viewerFolder, runsFolder: join(folder, 'none'), port: 0 });
    expect(await (await fetch(`${other.url}api/runs`)).json()).toEqual({ runs: [] });
    await other.close();
  });

  it('serves a run’s files, through a link within the runs folder too, and the report without its origin', async () => {
    expect((await ask(shard)).body).toEqual(bytes);
    expect((await ask('/runs/latest/rollouts.zarr/truth/c/0')).body).toEqual(bytes);
    expect((await ask('/runs/a/inner.html')).body.toString()).toBe('<p>report</p>');
    expect((await ask('/runs/a/with%20space%20%2541.txt')).body.toString()).toBe('odd name');
    const report = await ask('/runs/a/report.html');
    expect(report.headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox/);
    const empty = await ask('/runs/a/empty');
    expect([empty.status, empty.headers['content-length']]).toEqual([200, '0']);
  });

  it('serves the files of one dataset where there is one, and nothing beside them', async () => {
    expect((await ask('/dataset/zarr.json')).status).toBe(404);
    const datasetFolder = join(runsFolder, 'a');
    const other = await startViewerServer({ viewerFolder, runsFolder, datasetFolder, port: 0 });
    const fetched = async (path: string, headers = {}) => (await fetch(other.url + path, { headers })).status;
    expect(await fetched('dataset/rollouts.zarr/truth/c/0', { range: 'bytes=-10' })).toBe(206);
    expect(await fetched('dataset')).toBe(404);
    expect(await fetched('dataset/link.txt')).toBe(404); // leads outside
    expect(await fetched('dataset/..%2fb%2fscorecard.json')).toBe(400);
    await other.close();
  });

  it('answers HEAD with the headers alone, and an unchanged file with 304', async () => {
    const head = await ask(shard, {}, 'HEAD');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '100', 0]);
    const again = await ask(shard, { 'If-None-Match': head.headers.etag as string });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expect((await ask('/api/runs', {}, 'HEAD')).body.length).toBe(0);
    expect((await ask('/nothing', {}, 'HEAD')).body.length).toBe(0);
  });
});

describe('ranges', () => {
  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=10-19', 10, 19],
    ['bytes=90-', 90, 99],
    ['bytes=90-1000', 90, 99],
    ['bytes=-4', 96, 99],
    ['bytes=-1000', 0, 99],
  ])('%s', async (header, start, end) => {
    const part = await ask(shard, { Range: header });
    expect(part.status).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes ${start}-${end}/100`);
    expect(part.headers['content-length']).toBe(String(end - start + 1));
    expect(part.body).toEqual(bytes.subarray(start, end + 1));
    const head = await ask(shard, { Range: header }, 'HEAD');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
      206,
      String(end - start + 1),
      0,
    ]);
  });

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0'])('%s is not satisfiable', async (header) => {
    const refused = await ask(shard, { Range: header });
    expect([refused.status, refused.headers['content-range']]).toEqual([416, 'bytes */100']);
  });

  it.each(['bytes=5-2', 'bytes=-', 'bytes=0-1,5-6', 'items=0-1', 'bytes=a-b'])(
    '%s gets the whole file',
    async (header) => {
      const whole = await ask(shard, { Range: header });
      expect([whole.status, whole.body.length]).toEqual([200, 100]);
    },
  );

  it('honours If-Range: the part of an unchanged file, all of a changed one', async () => {
    const tag = (await ask(shard, {}, 'HEAD')).headers.etag as string;
    expect((await ask(shard, { Range: 'bytes=0-3', 'If-Range': tag })).status).toBe(206);
    expect((await ask(shard, { Range: 'bytes=0-3', 'If-Range': '"old"' })).status).toBe(200);
  });

  it('never leaves the file', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.option(fc.nat(60)), fc.option(fc.nat(60)), (size, first, last) => {
        const range = parseRange(`bytes=${first ?? ''}-${last ?? ''}`, size);
        if (typeof range === 'string') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeLessThan(size);
        expect(range.end).toBeGreaterThanOrEqual(range.start);
      }),
      { seed: 1 },
    );
  });
});

describe('what is refused', () => {
  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/runs/a/../../../secret.txt',
    '/runs/a/../../secret.txt',
    '/runs/../secret.txt/x',
    '/runs/%2e%2e/secret.txt',
    '/runs/a/%2e%2e/%2e%2e/secret.txt',
    '/runs/a/..%2f..%2fsecret.txt',
    '/runs/a/..%5c..%5csecret.txt',
    '/runs/a%2f..%2f../secret.txt',
    '/runs/a/%00/../secret.txt',
    '/runs/a//etc/passwd',
    '/runs//etc/passwd',
    '//etc/passwd',
    '/%2fetc/passwd',
    '/runs/a/link.txt',
    '/runs/outside/secret.txt',
    '/runs/a/%zz',
    'http://127.0.0.1/secret.txt',
    '*',
  ])('%s', async (path) => {
    const refused = await ask(path);
    expect([400, 404]).toContain(refused.status);
    expect(refused.body.toString()).not.toContain('secret');
  });

  it('a double encoded path names a file that does not exist', async () => {
    expect((await ask('/runs/a/%252e%252e/%252e%252e/secret.txt')).status).toBe(404);
  });

  it('lets no path through that steps up or holds a separator', () => {
    fc.assert(
      fc.property(
        fc.webPath(),
        fc.array(fc.constantFrom('..', '%2e%2e', '.', '%2F', '\\', 'a', '')),
        (path, steps) => {
          for (const segment of splitPath(`${path}/${steps.join('/')}`) ?? []) {
            expect(['', '.', '..']).not.toContain(segment);
            expect(segment).not.toMatch(/[/\\]/);
          }
        },
      ),
      { seed: 1 },
    );
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s', async (method) => {
    const refused = await ask('/', {}, method);
    expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it.each([
    'example.org',
    'example.org:80',
    '127.0.0.1.example.org',
    'localhost.example.org:1',
    '10.0.0.1',
    '[::2]',
  ])('a request for host "%s"', async (host) => {
    expect((await ask('/', { Host: host })).status).toBe(403);
  });

  it('knows the loopback names', () => {
    for (const host of ['127.0.0.1', '127.0.0.1:4173', 'localhost:1', 'LOCALHOST', '[::1]:80', '[::1]'])
      expect(isLoopbackHost(host)).toBe(true);
    for (const host of [undefined, '', ':80', 'localhost:1:2', 'a@localhost', '::1:x', 'localhost:x'])
      expect(isLoopbackHost(host)).toBe(false);
  });
});

describe('starting and stopping', () => {
  it('says that the port is taken and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(startViewerServer({ viewerFolder, runsFolder, port })).rejects.toThrow(
      `port ${port} is taken: another program listens on 127.0.0.1:${port}; choose another with --port`,
    );
    other.close();
  });

  it('says that the page is not built and what to do', async () => {
    await expect(
      startViewerServer({ viewerFolder: join(folder, 'no'), runsFolder, port: 0 }),
    ).rejects.toThrow('the page is not built; run "npx nx build @orrery/viewer"');
  });

  it('listens on loopback only', async () => {
    await expect(startViewerServer({ viewerFolder, runsFolder, port: 0, host: '0.0.0.0' })).rejects.toThrow(
      'host "0.0.0.0": the viewer listens on loopback only',
    );
  });

  it('ends connections that are still open', async () => {
    const other = await startViewerServer({ viewerFolder, runsFolder, port: 0 });
    const socket = connect(other.port, '127.0.0.1');
    await once(socket, 'connect');
    const ended = once(socket, 'close');
    await other.close();
    await ended;
    await expect(fetch(other.url)).rejects.toThrow();
  });
});
