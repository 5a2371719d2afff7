/**
 * A trained model as files that others load: the components of its imagination as ONNX, or its weights as safetensors,
 * with a manifest that says what they are and how they fit together; or as a run folder without what only training needs,
 * which can be evaluated and exported and is small enough to publish.
 */
import { join } from 'node:path';
import { parameterCount } from '@orrery/nn';
import { fileName, signatureOf, toOnnx } from '@orrery/onnx';
import { makeFolder, writeFileAtomic, writeJsonAtomic, writeWholeFolder } from '@orrery/storage';
import type { Program } from '@orrery/graph';
import { sha256, writeCheckpoint } from './checkpoint.ts';
import { imaginationPrograms } from './imagination.ts';
import { loadCheckpoint, type TrainedModel } from './load.ts';
import { configHash, RUN_FILE, type Run } from './run.ts';
import { encodeSafetensors, type NamedArray } from './safetensors.ts';
import { stateName } from './training-state.ts';
import type { Component, ModelManifest } from './model-manifest.ts';
import { noiseName } from './noise.ts';

export const exportFormats = ['onnx', 'safetensors', 'run'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  /** The run folder. */
  readonly folder: string;
  readonly format: ExportFormat;
  /** The folder to write; it must not be there yet. */
  readonly out: string;
  /** The newest checkpoint, or the one with the lowest validation loss, which is the default. */
  readonly checkpoint?: 'best' | 'last';
  /** Clips that the ONNX components take at once, 1 by default: their shapes are static. */
  readonly batch?: number;
  /** Further files to lay beside, by name: what others have found out about the run. */
  readonly beside?: Readonly<Record<string, Uint8Array>>;
}

/**
 * Writes the whole folder or nothing.
 * @throws when `out` is there already, or the run or its checkpoint is missing or damaged
 */
export async function exportRun({
  folder,
  format,
  out,
  checkpoint = 'best',
  batch = 1,
  beside = {},
}: ExportOptions): Promise<ModelManifest> {
  const trained = await loadCheckpoint(folder, checkpoint);
  const files = filesOf(trained, format, batch);
  const manifest: ModelManifest = { ...about(trained), ...files.manifest };
  await writeWholeFolder(out, async (temporary) => {
    if (format === 'run') await writeRun(temporary, trained);
    for (const [name, bytes] of Object.entries({ ...beside, ...files.bytes }))
      await writeFileAtomic(join(temporary, name), bytes);
    await writeJsonAtomic(join(temporary, 'manifest.json'), manifest);
  });
  return manifest;
}

function about({
  run,
  model,
  step,
}: TrainedModel): Omit<ModelManifest, 'components' | 'state' | 'noise' | 'weights' | 'batch'> {
  const { name, size, seed, checksum } = run.dataset;
  return {
    format: 'orrery.model',
    version: 1,
    family: run.family,
    config: run.config,
    world: run.world,
    contextFrames: model.contextFrames,
    parameters: parameterCount(model.parameters),
    trained: {
      ...{ step, seed: run.training.seed, averaged: run.training.average > 0, revision: run.revision },
      dataset: { name, size, seed, checksum },
    },
  };
}

interface ExportedFiles {
  readonly bytes: Readonly<Record<string, Uint8Array>>;
  readonly manifest: Pick<ModelManifest, 'components' | 'state' | 'noise' | 'weights' | 'batch'>;
}

function filesOf(trained: TrainedModel, format: ExportFormat, batch: number): ExportedFiles {
  if (format === 'run') return { bytes: {}, manifest: {} };
  return format === 'onnx' ? onnxFiles(trained, batch) : safetensorsFiles(trained);
}

/** The run without what only its training needs; its dataset lies where "orrery generate" puts it. */
async function writeRun(folder: string, { run, model, parameters, step }: TrainedModel): Promise<void> {
  const { name, size, seed } = run.dataset;
  const path = `data/${name}-${size}${seed === 0 ? '' : `-seed${seed}`}`;
  const published: Run = { ...run, dataset: { ...run.dataset, path } };
  const info = { step, cursor: { epoch: 0, position: 0 }, seed: run.training.seed, config: configHash(run) };
  const arrays = Object.entries(model.parameters).map(([own, { shape }]) => [
    stateName('parameters', own),
    { shape, data: parameters[own] },
  ]);
  await writeJsonAtomic(join(folder, RUN_FILE), published);
  await makeFolder(join(folder, 'checkpoints'));
  await writeCheckpoint(folder, info, Object.fromEntries(arrays) as Record<string, NamedArray>);
}

function onnxFiles({ model, run, parameters }: TrainedModel, batch: number): ExportedFiles {
  if (!Number.isInteger(batch) || batch < 1)
    throw new Error(`export: a batch of ${batch}; give a positive whole number`);
  const programs = imaginationPrograms(model, run.world, parameters, batch);
  const encode = componentOf('encode.onnx', programs.encode);
  const step = componentOf('step.onnx', programs.step);
  const state = Object.keys(programs.step.outputs)
    .filter((name) => Object.hasOwn(step.component.inputs, name))
    .map((name) => ({ name, from: name, next: fileName(name, step.component.inputs) }));
  const noise = (['encode', 'step'] as const).flatMap((component) =>
    Object.entries(model.noise?.[component] ?? {}).map(([name, { distribution }]) => ({
      ...{ component, name: noiseName(name), distribution },
    })),
  );
  return {
    bytes: { 'encode.onnx': encode.bytes, 'step.onnx': step.bytes },
    manifest: { batch, components: { encode: encode.component, step: step.component }, state, noise },
  };
}

function componentOf(file: string, program: Program): { bytes: Uint8Array; component: Component } {
  const bytes = toOnnx(program, { name: file.replace(/\.onnx$/, '') });
  const { inputs, outputs } = signatureOf(program);
  const inFile = Object.fromEntries(
    Object.entries(outputs).map(([name, type]) => [fileName(name, inputs), type]),
  );
  return { bytes, component: { file, sha256: sha256(bytes), inputs, outputs: inFile } };
}

function safetensorsFiles({ model, parameters, run, step }: TrainedModel): ExportedFiles {
  const arrays = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]) => [name, { shape, data: parameters[name] }]),
  );
  const metadata = { format: 'orrery.model', family: run.family, step: String(step) };
  const bytes = encodeSafetensors({ arrays, metadata });
  const shapes = Object.fromEntries(Object.entries(arrays).map(([name, { shape }]) => [name, shape]));
  const file = 'parameters.safetensors';
  return {
    bytes: { [file]: bytes },
    manifest: { weights: { file, sha256: sha256(bytes), dtype: 'f32', shapes } },
  };
}
