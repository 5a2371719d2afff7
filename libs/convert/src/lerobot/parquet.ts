/** Parquet files as LeRobot has them: columns of numbers, of text, and of lists of either. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';

type Scalar = 'FLOAT' | 'DOUBLE' | 'INT64' | 'STRING';

/** How values of a column look: a scalar, or a list `depth` deep of them. */
export interface Column {
  readonly name: string;
  readonly type: Scalar;
  /** 0 for scalars, 1 for lists, 3 for the statistics of pictures. */
  readonly depth?: number;
}

/** A row group's values by column; INT64 as bigint. */
export type Rows = Readonly<Record<string, readonly unknown[]>>;

export interface ParquetFile {
  /** Appends a row group. */
  write(rows: Rows): void;
  finish(): void;
}

/** @param metadata of the file, by key */
export function createParquet(
  path: string,
  columns: readonly Column[],
  metadata: Readonly<Record<string, unknown>> = {},
): ParquetFile {
  mkdirSync(dirname(path), { recursive: true });
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(schemaOf)],
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value: JSON.stringify(value) })),
    createdBy: 'orrery',
  });
  return {
    write(rows) {
      // Lists must be plain arrays.
      const plain = (value: unknown) => (ArrayBuffer.isView(value) ? [...(value as Float32Array)] : value);
      const columnData = columns.map(({ name }) => ({ name, data: rows[name]!.map(plain) }));
      writer.write({ columnData, rowGroupSize: columnData[0]!.data.length });
    },
    finish: () => void writer.finish(),
  };
}

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

function schemaOf({ name, type, depth = 0 }: Column): SchemaElement[] {
  if (depth > 0)
    return [
      { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...schemaOf({ name: 'element', type, depth: depth - 1 }),
    ];
  return type === 'STRING'
    ? [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }]
    : [{ name, type, repetition_type: 'OPTIONAL' }];
}
