export { examine } from './examine.ts';
export type { Finding } from './examine.ts';
export { features } from './features.ts';
export type { Feature } from './features.ts';
export { legalize } from './legalize.ts';
export { nodeRule, operandDType } from './nodes.ts';
export { opRule } from './ops.ts';
export { neuronTargets, oldestSdk, rulesOf, verdicts } from './rule.ts';
export type { NeuronTarget, Rule, Verdict } from './rule.ts';
