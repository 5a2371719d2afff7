import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/**
 * The rooms, in the order in which data flows through them, each with the rooms it may import.
 * A room that is not listed here may import nothing.
 */
const rooms = {
  numerics: [],
  random: ['numerics'],
  storage: [],
  media: [],
  scene: ['numerics', 'random'],
  physics: ['numerics', 'scene'],
  render: ['numerics', 'scene'],
  dataset: ['random', 'storage', 'scene', 'physics', 'render'],
  inspect: ['storage', 'media', 'dataset'],
  convert: ['storage', 'media', 'scene', 'dataset'],
  datasets: ['scene', 'dataset', 'media', 'inspect'],
  graph: [],
  nn: ['random', 'graph'],
  onnx: ['graph'],
  stablehlo: ['graph'],
  models: ['graph', 'nn'],
  neuron: ['graph'],
  train: ['random', 'storage', 'dataset', 'graph', 'nn', 'onnx', 'models'],
  bundle: ['storage', 'dataset', 'graph', 'onnx', 'stablehlo', 'models', 'neuron', 'train'],
  evaluate: [
    ...['random', 'storage', 'media', 'scene', 'render', 'dataset'],
    ...['graph', 'onnx', 'models', 'train'],
  ],
  reproduce: ['random', 'storage', 'graph', 'nn', 'onnx', 'models', 'train', 'evaluate'],
  launch: ['random', 'storage', 'dataset', 'graph', 'nn', 'models', 'neuron', 'train', 'bundle'],
  app: [
    ...['numerics', 'random', 'storage', 'media', 'scene', 'physics', 'render', 'dataset', 'datasets'],
    ...['inspect', 'convert', 'graph', 'nn', 'onnx', 'models', 'neuron', 'train', 'bundle', 'evaluate'],
    ...['reproduce', 'launch'],
  ],
  tools: [],
};

const layerConstraints = Object.entries(rooms).map(([room, imports]) => ({
  sourceTag: `layer:${room}`,
  // "tools" holds what tests of any room may start (a Python environment), nothing that a room runs on.
  onlyDependOnLibsWithTags: [...new Set([room, ...imports, 'tools'])].map((name) => `layer:${name}`),
}));

const nodeOnly = {
  group: ['node:*', 'onnxruntime-node', '@orrery/*/node', '@orrery/storage', '@orrery/python'],
  message: 'This file runs anywhere or in a browser: keep Node in the room’s src/node folder.',
};

const sources = (...names) => names.map((room) => `libs/${room}/src/**/*.ts`);

// The same seed gives the same bytes everywhere: nothing may depend on the moment or on chance ...
const noChance = [
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Draw from @orrery/random with a key.',
  },
  {
    selector: "MemberExpression[object.name=/^(Date|performance)$/][property.name='now']",
    message: 'Nothing here may depend on the wall clock.',
  },
];
// ... nor on how an engine rounds: ECMAScript demands exact results of + - * / and Math.sqrt only.
const noEngineMathematics = [
  {
    selector:
      "MemberExpression[object.name='Math'][property.name=/^(a?(sin|cos|tan)h?|atan2|exp|expm1|log|log1p|log2|log10|pow|hypot|cbrt)$/]",
    message: 'Engines round this differently: use @orrery/numerics, or Math.sqrt of a sum of products.',
  },
  {
    selector:
      "BinaryExpression[operator='**']:not([left.value=2]:matches([right.type='Literal'], [right.argument.type='Literal']))",
    message: 'Engines round powers differently, squares too: multiply. Only 2 ** <number> is exact.',
  },
  {
    selector: "AssignmentExpression[operator='**=']",
    message: 'Engines round powers differently, squares too: multiply.',
  },
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '**/.nx/**',
      '.venv/**',
      '.venv-jax/**',
      '.venv-torch/**',
      '.venv-launch/**',
      '.venv-ray/**',
      'data/**',
      'runs/**',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  prettier,
  {
    files: ['**/*.ts', '**/*.js'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          depConstraints: [
            ...layerConstraints,
            // A room that runs anywhere may still hold a src/node folder, so it may depend on Node's rooms;
            // the rule on imports below holds every other file of it to "anywhere".
            { sourceTag: 'env:any', onlyDependOnLibsWithTags: ['env:any', 'env:node'] },
            { sourceTag: 'env:node', onlyDependOnLibsWithTags: ['env:any', 'env:node'] },
            { sourceTag: 'env:browser', onlyDependOnLibsWithTags: ['env:any', 'env:browser'] },
          ],
        },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
    },
  },
  {
    files: [
      ...['numerics', 'random', 'media', 'scene', 'physics', 'render', 'dataset'].map(
        (room) => `libs/${room}/src/**/*.ts`,
      ),
      ...['graph', 'nn', 'onnx', 'stablehlo', 'models', 'neuron'].map((room) => `libs/${room}/src/**/*.ts`),
      // Training without files, with all that it is made of.
      ...['in-memory', 'plan', 'stepper', 'batches', 'clips', 'diverged', 'train-step', 'training-state'].map(
        (file) => `libs/train/src/${file}.ts`,
      ),
      'apps/viewer/src/**/*.ts',
    ],
    ignores: ['**/src/node/**', '**/*.test.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [nodeOnly] }],
      'no-restricted-globals': ['error', 'process', 'Buffer', '__dirname', 'require'],
    },
  },
  {
    files: ['apps/cli/bin/*.js'],
    languageOptions: { globals: { process: 'readonly', URL: 'readonly' } },
  },
  {
    files: sources('numerics', 'random', 'scene', 'physics', 'render'),
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noChance, ...noEngineMathematics] },
  },
  {
    files: sources('graph', 'nn', 'models'),
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noChance] },
  },
  {
    files: sources('dataset'),
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noEngineMathematics] },
  },
);
