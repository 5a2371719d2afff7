/** Private functions of a module: what its composites decompose into, so that a back end without a kernel computes that. */
import { input, is, type Tensor } from '@orrery/graph';
import { openBlock } from './block.ts';
import type { Block, Value } from './block.ts';
import type { Composite } from './composites.ts';
import type { WriteBody } from './scan.ts';
import { typeText } from './types.ts';

export interface Functions {
  /**
   * Writes a composite into a block.
   * @param operands the values of its operands
   * @param writeBody writes the lines of its decomposition
   * @returns the values of its results
   */
  compose(
    block: Block,
    composite: Composite,
    operands: readonly Value[],
    writeBody: WriteBody,
  ): readonly Value[];
  /** The functions, which stand in the module beside `main`. */
  readonly lines: readonly string[];
}

export function openFunctions(): Functions {
  const lines: string[] = [];
  /** Symbols by the text that follows them: layers of the same shapes share a function. */
  const symbols = new Map<string, string>();
  const define = (name: string, body: readonly string[]): string => {
    const key = [name, ...body].join('\n');
    const known = symbols.get(key);
    if (known !== undefined) return known;
    const symbol = `@${name}.${symbols.size}`;
    symbols.set(key, symbol);
    lines.push(`  func.func private ${symbol}${body[0]}`, ...body.slice(1));
    return symbol;
  };
  return {
    lines,
    compose(block, composite, operands, writeBody) {
      const { name, attributes, results } = composite;
      const symbol = define(name, decomposition(composite, writeBody));
      const described = Object.entries(attributes).map(
        ([key, { value, dtype }]) =>
          `${key} = ${dtype === 'f32' ? value.toExponential(8) : value} : ${dtype}`,
      );
      const given = described.length > 0 ? `composite_attributes = {${described.join(', ')}}, ` : '';
      const own = block.fresh();
      const count = results.length > 1 ? `:${results.length}` : '';
      block.line(
        `${own}${count} = stablehlo.composite "${name}" ${operands.map((value) => value.name).join(', ')} ` +
          `{${given}decomposition = ${symbol}} : (${operands.map(typeText).join(', ')}) -> ${types(results)}`,
      );
      return results.map(({ shape, dtype }, i) => ({ shape, dtype, name: count ? `${own}#${i}` : own }));
    },
  };
}

/** The lines of a function, the first one without its name. */
function decomposition({ operands, body, results }: Composite, writeBody: WriteBody): string[] {
  const inputs = operands.map(({ shape, dtype }, i) => input(`operand ${i}`, shape, dtype));
  const made = new Map<Tensor, Tensor>(operands.map((operand, i) => [operand, inputs[i]]));
  for (const node of body) {
    if (!is(node, 'constant'))
      made.set(node, { ...node, inputs: node.inputs.map((operand) => made.get(operand) ?? operand) });
  }
  const block = openBlock();
  const given = new Map<Tensor, Value>(
    inputs.map(({ shape, dtype }, i) => [inputs[i], { name: `%arg${i}`, shape, dtype }]),
  );
  const values = writeBody(
    block,
    results.map((result) => made.get(result)!),
    given,
  );
  const parameters = [...given.values()].map((value) => `${value.name}: ${typeText(value)}`);
  return [
    `(${parameters.join(', ')}) -> ${types(results)} {`,
    ...block.lines,
    `    return ${values.map(({ name }) => name).join(', ')} : ${values.map(typeText).join(', ')}`,
    '  }',
  ];
}

function types(results: readonly Tensor[]): string {
  return `(${results.map(typeText).join(', ')})`;
}
