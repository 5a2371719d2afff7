/** What a rule about the Neuron compiler says, and where it is written. */

/** Generations of Trainium, as `neuronx-cc --target` names them. */
export const neuronTargets = ['trn1', 'trn2', 'trn3'] as const;
export type NeuronTarget = (typeof neuronTargets)[number];

/**
 * - accepted: the documentation lists it;
 * - rewritten: `legalize` says the same in ops that are accepted;
 * - warned: documented with a condition, or reported to fail now and then;
 * - refused: the compiler stops, and nothing here rewrites it.
 */
export const verdicts = ['accepted', 'rewritten', 'warned', 'refused'] as const;
export type Verdict = (typeof verdicts)[number];

export interface Rule {
  readonly verdict: Verdict;
  /** Why, in a sentence. */
  readonly why: string;
  /** The compiler's error code, such as "NCC_EVRF060". */
  readonly code?: string;
  readonly link: string;
}

/** What the rules were read from: the documentation of this SDK. None of them was tried on a Trainium by this project. */
export const rulesOf = { sdk: '2.32.0', read: '2026-11-23' } as const;

/** Older ones are wrong silently: runtime and compiler notes of 2.30 and 2.32 list wrong results that they fixed. */
export const oldestSdk = '2.32.0';

const documentation = 'https://awsdocs-neuron.readthedocs-hosted.com/en/latest';

export const links = {
  operators: `${documentation}/release-notes/components/compiler.html`,
  dataTypes: `${documentation}/about-neuron/arch/neuron-features/data-types.html`,
  jax: `${documentation}/frameworks/jax/setup/jax-neuronx-known-issues.html`,
  issue: (number: number) => `https://github.com/aws-neuron/aws-neuron-sdk/issues/${number}`,
  code: (code: string) => `${documentation}/compiler/error-codes/${code.replace('NCC_', '')}.html`,
} as const;

export const accepted = (why: string, link: string = links.operators): Rule => ({
  ...{ verdict: 'accepted', why, link },
});
export const rewritten = (why: string, link: string): Rule => ({ verdict: 'rewritten', why, link });
export const warned = (why: string, link: string): Rule => ({ verdict: 'warned', why, link });
/** A rule that the compiler's documentation gives a code. */
export const coded = (verdict: Verdict, code: string, why: string): Rule => ({
  ...{ verdict, why, code, link: links.code(code) },
});
