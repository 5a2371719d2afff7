/**
 * Writes a ZIP file member by member, each in pieces: memory does not grow with the file.
 *
 * Sizes and places are 64 bits wide throughout (ZIP64), so that no file is too large. A member's header is written again
 * when its sizes are known. Source: PKWARE APPNOTE 6.3.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { crc32, createDeflateRaw } from 'node:zlib';

export interface ZipWriter {
  /** Adds a member with the bytes that `pieces` gives one after the other. */
  add(name: string, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>;
  /** Writes the directory and closes the file. */
  finish(): Promise<void>;
  /** Closes the file as it is. */
  close(): Promise<void>;
}

interface Member {
  readonly name: Uint8Array;
  readonly offset: number;
  crc: number;
  size: number;
  compressed: number;
}

const VERSION = 45; // ZIP64
const DEFLATE = 8;
const UTF8_NAMES = 1 << 11;
/** 1 January 1980, 0:00: the same content gives the same file. */
const DATE = (1 << 5) | 1;

export async function createZip(path: string): Promise<ZipWriter> {
  const file = await open(path, 'w');
  const members: Member[] = [];
  let end = 0;
  const append = async (bytes: Uint8Array) => {
    await writeFully(file, bytes, end);
    end += bytes.length;
  };
  return {
    async add(name, pieces) {
      const member = { name: new TextEncoder().encode(name), offset: end, crc: 0, size: 0, compressed: 0 };
      members.push(member);
      await append(localHeader(member));
      const start = end;
      for await (const compressed of deflate(pieces, member)) await append(compressed);
      member.compressed = end - start;
      await writeFully(file, localHeader(member), member.offset);
    },
    async finish() {
      const directory = end;
      for (const member of members) await append(directoryEntry(member));
      await append(endOfDirectory(members.length, directory, end - directory));
      await file.sync();
      await file.close();
    },
    close: () => file.close(),
  };
}

/** Compressed bytes of the pieces; counts them and their CRC-32 into `member`. */
async function* deflate(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  member: Member,
): AsyncIterable<Uint8Array> {
  const stream = createDeflateRaw({ level: 1 });
  const feeding = (async () => {
    try {
      for await (const piece of pieces) {
        member.crc = crc32(piece, member.crc);
        member.size += piece.length;
        if (!stream.write(piece)) await new Promise((resolve) => stream.once('drain', resolve));
      }
      stream.end();
    } catch (error) {
      stream.destroy(error as Error);
    }
  })();
  for await (const compressed of stream) yield compressed as Uint8Array;
  await feeding;
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Little-endian fields, each [bytes, value]. */
function fields(...parts: readonly (readonly [1 | 2 | 4 | 8, number])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of parts) {
    if (width === 1) view.setUint8(at, value);
    else if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

const join = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

/** Stands for "see the ZIP64 field". */
const ELSEWHERE = 0xffffffff;

function localHeader({ name, crc, size, compressed }: Member): Uint8Array {
  return join(
    fields([4, 0x04034b50], [2, VERSION], [2, UTF8_NAMES], [2, DEFLATE], [2, 0], [2, DATE]),
    fields([4, crc], [4, ELSEWHERE], [4, ELSEWHERE], [2, name.length], [2, 20]),
    name,
    fields([2, 1], [2, 16], [8, size], [8, compressed]),
  );
}

function directoryEntry({ name, offset, crc, size, compressed }: Member): Uint8Array {
  return join(
    fields([4, 0x02014b50], [2, VERSION], [2, VERSION], [2, UTF8_NAMES], [2, DEFLATE], [2, 0], [2, DATE]),
    fields([4, crc], [4, ELSEWHERE], [4, ELSEWHERE], [2, name.length], [2, 28], [2, 0], [2, 0], [2, 0]),
    fields([4, 0], [4, ELSEWHERE]),
    name,
    fields([2, 1], [2, 24], [8, size], [8, compressed], [8, offset]),
  );
}

function endOfDirectory(members: number, offset: number, size: number): Uint8Array {
  return join(
    fields([4, 0x06064b50], [8, 44], [2, VERSION], [2, VERSION], [4, 0], [4, 0]),
    fields([8, members], [8, members], [8, size], [8, offset]),
    fields([4, 0x07064b50], [4, 0], [8, offset + size], [4, 1]),
    fields([4, 0x06054b50], [2, 0], [2, 0], [2, 0xffff], [2, 0xffff], [4, ELSEWHERE], [4, ELSEWHERE], [2, 0]),
  );
}
