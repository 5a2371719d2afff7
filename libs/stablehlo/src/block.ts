/** The lines of one region, each of which names its result: what a row of the table of lowerings writes into. */
import { filledLiteral, list, typeText } from './types.ts';
import type { Type } from './types.ts';
import type { DType, Shape } from '@orrery/graph';

/** A value with its name, `%12`. */
export interface Value extends Type {
  readonly name: string;
}

export interface Block {
  /**
   * Writes one operation.
   * @param text what follows the equals sign
   * @returns its result
   */
  write(text: string, type: Type): Value;
  /** Writes an operation with several results, or lines that name their own. */
  line(text: string): void;
  /** A name that nothing has. */
  fresh(): string;
  /** A region inside, whose lines are indented; `append` puts them here. */
  inside(): Block;
  append(region: Block): void;
  readonly lines: readonly string[];
}

export function openBlock(indent = 2): Block {
  let count = 0;
  const make = (depth: number): Block => {
    const lines: string[] = [];
    const line = (text: string) => void lines.push('  '.repeat(depth) + text);
    const fresh = () => `%${count++}`;
    return {
      lines,
      line,
      fresh,
      inside: () => make(depth + 1),
      append: (region) => void lines.push(...region.lines),
      write(text, { shape, dtype }) {
        const name = fresh();
        line(`${name} = ${text}`);
        return { name, shape, dtype };
      },
    };
  };
  return make(indent);
}

/** op %a, %b : type, where operands and result have one type. */
export function elementwise(block: Block, op: string, operands: readonly Value[]): Value {
  const [first] = operands;
  return block.write(
    `stablehlo.${op} ${operands.map(({ name }) => name).join(', ')} : ${typeText(first)}`,
    first,
  );
}

/** The operand types and the result's: `(a, b) -> c`. */
export function signature(operands: readonly Type[], result: Type): string {
  return `(${operands.map(typeText).join(', ')}) -> ${typeText(result)}`;
}

export function fill(block: Block, value: number, type: Type): Value {
  return block.write(`stablehlo.constant ${filledLiteral(value, type.dtype)} : ${typeText(type)}`, type);
}

/** x itself where it has the dtype. */
export function convert(block: Block, x: Value, dtype: DType): Value {
  if (x.dtype === dtype) return x;
  const type = { shape: x.shape, dtype };
  return block.write(`stablehlo.convert ${x.name} : ${signature([x], type)}`, type);
}

export function reshapeTo(block: Block, x: Value, shape: Shape): Value {
  const type = { shape, dtype: x.dtype };
  if (list(x.shape) === list(shape)) return x;
  return block.write(`stablehlo.reshape ${x.name} : ${signature([x], type)}`, type);
}

/** NumPy's broadcasting, spelt out: axes aligned at the last one. */
export function broadcastValue(block: Block, x: Value, shape: Shape): Value {
  if (list(x.shape) === list(shape)) return x;
  const type = { shape, dtype: x.dtype };
  const lead = shape.length - x.shape.length;
  const dims = x.shape.map((_, axis) => lead + axis);
  return block.write(
    `stablehlo.broadcast_in_dim ${x.name}, dims = ${list(dims)} : ${signature([x], type)}`,
    type,
  );
}

export function concatenate(block: Block, parts: readonly Value[], axis: number): Value {
  if (parts.length === 1) return parts[0];
  const [first] = parts;
  const total = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
  const type = { shape: first.shape.with(axis, total), dtype: first.dtype };
  const names = parts.map(({ name }) => name).join(', ');
  return block.write(`stablehlo.concatenate ${names}, dim = ${axis} : ${signature(parts, type)}`, type);
}
