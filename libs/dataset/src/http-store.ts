/** A folder behind a web server as a store: byte ranges over HTTP, in browsers and in Node. */
import type { AsyncReadable } from 'zarrita';
import { openDataset, type Dataset, type OpenOptions } from './open.ts';

/**
 * @param url of the dataset's folder
 * @throws from its methods where the server cannot be reached or refuses; what it does not have is `undefined`
 */
export function httpStore(url: string | URL): AsyncReadable {
  const base = String(url).replace(/\/*$/, '');

  async function request(key: string, range?: string): Promise<Response | undefined> {
    const place = base + key;
    // A range of a file that some cache holds whole may come back as the whole.
    const response = await fetch(place, range === undefined ? {} : { headers: { range } }).catch(
      (error: unknown) => {
        throw new Error(`${place}: cannot be fetched; check the address and the server`, { cause: error });
      },
    );
    // 403 is what stores such as S3 say of keys that they lack where listing is not allowed.
    if (response.status === 404 || response.status === 403) return undefined;
    if (!response.ok)
      throw new Error(`${place}: the server answered ${response.status}; check the address and the server`);
    return response;
  }

  return {
    async get(key) {
      const response = await request(key);
      return response && new Uint8Array(await response.arrayBuffer());
    },
    async getRange(key, range) {
      const text =
        'suffixLength' in range
          ? `bytes=-${range.suffixLength}`
          : `bytes=${range.offset}-${range.offset + range.length - 1}`;
      const response = await request(key, text);
      if (response === undefined) return undefined;
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (response.status === 206) return bytes;
      // A server that knows no ranges sends the whole file.
      return 'suffixLength' in range
        ? bytes.subarray(Math.max(0, bytes.length - range.suffixLength))
        : bytes.subarray(range.offset, range.offset + range.length);
    },
  };
}

/**
 * Opens the dataset in a folder behind a web server.
 * @throws where there is none, an incomplete, a foreign or a newer one
 */
export function openUrl(url: string | URL, options: OpenOptions = {}): Promise<Dataset> {
  return openDataset(httpStore(url), { location: String(url), ...options });
}
