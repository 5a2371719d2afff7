/** Where figures come from, said once. */
import type { Confidence, Figure } from './schema.ts';

const docs = 'https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/arch/neuron-hardware';

export const sources = {
  trn1: { source: `${docs}/trainium.html`, date: '2026-08-21', confidence: 'published' },
  trn2: { source: `${docs}/trainium2.html`, date: '2026-08-21', confidence: 'published' },
  trn3: { source: `${docs}/trainium3.html`, date: '2026-08-21', confidence: 'published' },
  clock: {
    source: 'clock x 128 x 128 x 2 x cores, which neuron-explorer takes for its peak',
    ...{ date: '2026-08-21', confidence: 'assumed' },
  },
  instances: {
    source: 'https://awsdocs-neuron.readthedocs-hosted.com (instance architecture pages)',
    ...{ date: '2026-08-21', confidence: 'published' },
  },
  torchtitan: {
    source: 'pytorch/torchtitan torchtitan/tools/utils.py, dense peaks by device',
    ...{ date: '2026-11-23', confidence: 'secondary' },
  },
  llmbook: {
    source: 'llmbook.apartsin.com, appendix G',
    ...{ date: '2026-11-23', confidence: 'secondary' },
  },
  hmc: { source: 'hmc-tech.com', date: '2026-11-23', confidence: 'secondary' },
  itkb: { source: 'itkb.uw.cz', date: '2026-06', confidence: 'secondary' },
  recall: { source: 'from memory of data sheets', date: '2026-11-23', confidence: 'assumed' },
  efa: {
    source: 'awslabs/awsome-distributed-ai, micro-benchmarks and EFA cheat sheet',
    ...{ date: '2026-11-23', confidence: 'secondary' },
  },
  skypilot: {
    source: 'SkyPilot catalogue v7 snapshot, commit 001367d2',
    ...{ date: '2026-11-23', confidence: 'secondary' },
  },
  costExplorer: {
    source: 'a list for us-east-2, checked against Cost Explorer',
    ...{ date: '2026-11-23', confidence: 'secondary' },
  },
  vantage: { source: 'vantage.sh', date: '2025-12-21', confidence: 'secondary' },
  february: { source: 'a page on us-east-1', date: '2026-02', confidence: 'secondary' },
  blocks: { source: 'a page on Capacity Blocks', date: '2024-12', confidence: 'secondary' },
} as const satisfies Readonly<Record<string, Omit<Figure, 'value'> & { confidence: Confidence }>>;

export type SourceName = keyof typeof sources;

export function figure(value: number, of: SourceName): Figure {
  return { value, ...sources[of] };
}
