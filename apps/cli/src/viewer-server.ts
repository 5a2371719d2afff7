/**
 * The server behind `orrery view`: the viewer's pages, the list of runs, and the files of each run and of one dataset with
 * byte ranges, which is all that a Zarr reader in a browser needs. It listens on loopback and reads only; nothing outside
 * of the viewer's folder, the run folders and the dataset's can be reached through it.
 */
import type { Stats } from 'node:fs';
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface ViewerServerOptions {
  /** Folder that holds one folder a run, such as `runs`. It need not exist yet. */
  readonly runsFolder: string;
  /** The dataset that `dataset.html` shows, if any. */
  readonly datasetFolder?: string | undefined;
  /** The built pages: `apps/viewer/dist`. */
  readonly viewerFolder: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** A loopback address; 127.0.0.1 by default. */
  readonly host?: string;
}

export interface ViewerServer {
  /** Such as "http://127.0.0.1:4173/". */
  readonly url: string;
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** One run as `/api/runs` lists it, newest first. */
export interface ListedRun {
  readonly id: string;
  readonly dataset: string | null;
  readonly family: string | null;
  /** The scorecard's figures; empty where the run has none that can be read. */
  readonly figures: readonly {
    readonly name: string;
    readonly value: number | null;
    readonly unit: string;
  }[];
  /** Whether `report.html` exists. */
  readonly report: boolean;
  /** When the rollouts were written, ISO 8601. */
  readonly written: string;
}

const loopback = ['127.0.0.1', 'localhost', '::1'];

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.jsonl': 'application/jsonl',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.mp4': 'video/mp4',
  '.txt': 'text/plain; charset=utf-8',
  '.log': 'text/plain; charset=utf-8',
};

/** The page runs its own files only and talks to its own origin only. */
const pagePolicy = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A run's report carries its own styles and plots; whatever it holds, it cannot act as the viewer's origin. */
const runPolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "script-src 'unsafe-inline'",
  'img-src data:',
  'media-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  'sandbox allow-scripts allow-popups',
].join('; ');

/**
 * @throws Error naming the remedy where the page is not built, the host is no loopback address, or the port is taken
 */
export async function startViewerServer(options: ViewerServerOptions): Promise<ViewerServer> {
  const { viewerFolder, port } = options;
  const host = options.host ?? '127.0.0.1';
  if (!loopback.includes(host))
    throw new Error(`host "${host}": the viewer listens on loopback only; use one of ${loopback.join(', ')}`);
  const index = await stat(join(viewerFolder, 'index.html')).catch(() => undefined);
  if (!index?.isFile())
    throw new Error(`viewer "${viewerFolder}": the page is not built; run "npx nx build @orrery/viewer"`);

  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => {
      // The client went away, or a file vanished while it was being sent: there is nobody left to tell.
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'the file could not be read');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/`,
    port: bound,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const remedy = 'choose another with --port';
  if (error.code === 'EADDRINUSE')
    return new Error(`port ${port} is taken: another program listens on ${host}:${port}; ${remedy}`);
  if (error.code === 'EACCES')
    return new Error(`port ${port} needs more rights than this user has; ${remedy}`);
  return new Error(`port ${port}: ${error.message}; ${remedy}`);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { viewerFolder, runsFolder, datasetFolder }: ViewerServerOptions,
): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Content-Security-Policy', pagePolicy);
  response.setHeader('Cache-Control', 'no-cache');
  // A page of another site may point its own name at 127.0.0.1; the browser then sends that name.
  if (!isLoopbackHost(request.headers.host)) return refuse(response, 403, 'open the viewer at 127.0.0.1');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'the viewer only reads');
  }
  const segments = splitPath(request.url ?? '/');
  if (!segments) return refuse(response, 400, 'not a path of the viewer');
  const [first, second, ...rest] = segments;
  if (first === 'api' && second === 'runs' && rest.length === 0)
    return sendJson(request, response, { runs: await listRuns(runsFolder) });
  if (first === 'runs' && second !== undefined && rest.length > 0) {
    response.setHeader('Content-Security-Policy', runPolicy);
    // A run folder may be a link within `runs`, but neither it nor a file may lead out of where it belongs.
    const run = await resolveInside(runsFolder, [second]);
    return sendFile(request, response, run && (await resolveInside(run, rest)));
  }
  if (first === 'dataset')
    return sendFile(
      request,
      response,
      datasetFolder === undefined ? undefined : await resolveInside(datasetFolder, segments.slice(1)),
    );
  return sendFile(
    request,
    response,
    await resolveInside(viewerFolder, segments.length ? segments : ['index.html']),
  );
}

/** Whether a Host header names this machine's loopback, with or without a port. */
export function isLoopbackHost(host: string | undefined): boolean {
  const name = /^(\[[0-9a-f:]+\]|[^:[\]]+)(:\d{1,5})?$/i.exec(host ?? '')?.[1];
  return name !== undefined && loopback.includes(name.replace(/^\[|\]$/g, '').toLowerCase());
}

/**
 * The decoded segments of a request's path, or undefined where one of them could name anything but an entry of the
 * folder before it. The target is taken as it was sent, since a URL parser would silently resolve "..".
 */
export function splitPath(target: string): string[] | undefined {
  const path = target.split(/[?#]/, 1)[0]!;
  if (!path.startsWith('/')) return undefined;
  if (path === '/') return [];
  const segments: string[] = [];
  for (const raw of path.slice(1).split('/')) {
    let segment: string;
    try {
      segment = decodeURIComponent(raw);
    } catch {
      return undefined;
    }
    // eslint-disable-next-line no-control-regex -- control characters are what must not get through
    if (segment === '' || segment === '.' || segment === '..' || /[/\\\x00-\x1f]/.test(segment))
      return undefined;
    segments.push(segment);
  }
  return segments;
}

/** The real path of an entry below `folder`, or undefined where it does not exist or a link leads outside. */
async function resolveInside(folder: string, segments: readonly string[]): Promise<string | undefined> {
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, ...segments));
    return path.startsWith(root + sep) ? path : undefined;
  } catch {
    return undefined;
  }
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string | undefined,
): Promise<void> {
  const file = path === undefined ? undefined : await open(path, 'r').catch(() => undefined);
  if (!path || !file) return refuse(response, 404, 'not found');
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return refuse(response, 404, 'not found');
    const tag = entityTag(stats);
    response.setHeader('ETag', tag);
    response.setHeader('Accept-Ranges', 'bytes');
    response.setHeader('Content-Type', contentTypes[extname(path)] ?? 'application/octet-stream');
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304).end();
      return;
    }
    const wanted = request.headers['if-range'] ?? tag;
    const range = wanted === tag ? parseRange(request.headers.range, stats.size) : 'whole';
    if (range === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${stats.size}`);
      return refuse(response, 416, 'the file has no such bytes');
    }
    const { start, end } = range === 'whole' ? { start: 0, end: stats.size - 1 } : range;
    if (range !== 'whole') response.setHeader('Content-Range', `bytes ${start}-${end}/${stats.size}`);
    response.writeHead(range === 'whole' ? 200 : 206, { 'Content-Length': end - start + 1 });
    if (request.method === 'HEAD' || end < start) response.end();
    else await pipeline(file.createReadStream({ start, end, autoClose: false }), response);
  } finally {
    await file.close();
  }
}

function entityTag(stats: Stats): string {
  return `"${stats.size.toString(36)}-${Math.round(stats.mtimeMs * 1000).toString(36)}"`;
}

/**
 * One byte range of RFC 9110 section 14: "bytes=a-b", "bytes=a-" or "bytes=-n", both ends inclusive. What is not
 * understood, several ranges among it, asks for the whole file, as the RFC allows.
 */
export function parseRange(
  header: string | undefined,
  size: number,
): 'whole' | 'unsatisfiable' | { start: number; end: number } {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return 'whole';
  if (match[1] === '') {
    const length = Number(match[2]);
    if (length === 0 || size === 0) return 'unsatisfiable';
    return { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== '' && Number(match[2]) < start) return 'whole';
  return start < size ? { start, end } : 'unsatisfiable';
}

/** The runs that have rollouts to look at, newest first. A run that is damaged is listed: the page says what is wrong. */
export async function listRuns(runsFolder: string): Promise<ListedRun[]> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
  // A link to a run (such as "latest") can be opened but would only repeat the run in the list.
  const ids = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const runs = await Promise.all(
    ids.map(async (id): Promise<ListedRun | undefined> => {
      const folder = join(runsFolder, id);
      const rollouts = await stat(join(folder, 'rollouts.zarr')).catch(() => undefined);
      if (!rollouts?.isDirectory()) return undefined;
      const group = await readJson(join(folder, 'rollouts.zarr', 'zarr.json'));
      const scorecard = await readJson(join(folder, 'scorecard.json'));
      const report = await stat(join(folder, 'report.html')).catch(() => undefined);
      const attributes = asRecord(asRecord(group).attributes);
      return {
        id,
        dataset: asText(attributes.dataset),
        family: asText(attributes.family),
        figures: readFigures(asRecord(scorecard).figures),
        report: report?.isFile() ?? false,
        written: rollouts.mtime.toISOString(),
      };
    }),
  );
  return runs
    .filter((run) => run !== undefined)
    .sort((a, b) => (a.written === b.written ? (a.id < b.id ? -1 : 1) : a.written < b.written ? 1 : -1));
}

function readFigures(value: unknown): ListedRun['figures'] {
  if (!Array.isArray(value)) return [];
  return value.map(asRecord).flatMap((figure) => {
    const name = asText(figure.name);
    return name === null
      ? []
      : [
          {
            name,
            value: typeof figure.value === 'number' ? figure.value : null,
            unit: asText(figure.unit) ?? '',
          },
        ];
  });
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function sendJson(request: IncomingMessage, response: ServerResponse, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.byteLength });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  const body = Buffer.from(`${reason}\n`);
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.byteLength,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
