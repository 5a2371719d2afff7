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
  random: [],
  storage: [],
  media: [],
  scene: ['numerics', 'random'],
  physics: ['numerics', 'scene'],
  render: ['numerics', 'scene'],
  dataset: ['random', 'storage', 'scene', 'physics', 'render'],
  datasets: ['scene', 'dataset'],
  graph: [],
  nn: ['random', 'graph'],
  onnx: ['graph'],
  models: ['graph', 'nn'],
  train: ['random', 'storage', 'dataset', 'graph', 'nn', 'onnx', 'models'],
  evaluate: [
    ...['random', 'storage', 'media', 'scene', 'render', 'dataset'],
    ...['graph', 'onnx', 'models', 'train'],
  ],
  app: [
    ...['numerics', 'random', 'storage', 'media', 'scene', 'physics', 'render', 'dataset', 'datasets'],
    ...['graph', 'nn', 'onnx', 'models', 'train', 'evaluate'],
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

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/.nx/**', '.venv/**', 'data/**', 'runs/**'] },
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
      ...['graph', 'nn', 'onnx', 'models'].map((room) => `libs/${room}/src/**/*.ts`),
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
    // The same seed gives the same bytes everywhere: nothing in these rooms may depend on the moment or on chance.
    files: ['numerics', 'random', 'scene', 'physics', 'render', 'graph', 'nn', 'models'].map(
      (room) => `libs/${room}/src/**/*.ts`,
    ),
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: 'Draw from @orrery/random with a key.',
        },
        {
          selector: "MemberExpression[object.name=/^(Date|performance)$/][property.name='now']",
          message: 'Nothing here may depend on the wall clock.',
        },
      ],
    },
  },
);
