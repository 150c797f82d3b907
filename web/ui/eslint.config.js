import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

// A feature stands alone: what two of them need belongs in components, lib or api.
const features = ['fleet', 'metrics', 'logs'];

export default ts.config(
  { ignores: ['node_modules', 'dist', 'coverage'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  { files: ['src/**/*.{ts,tsx}'], ...hooks.configs.flat['recommended'] },
  {
    files: ['**/*.mjs', 'build/**', '*.ts', '*.js'],
    languageOptions: { globals: Object.fromEntries(['process', 'console', 'URL', 'Buffer', 'fetch', 'document', 'location', 'window', 'localStorage'].map((name) => [name, 'readonly'])) },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'react-hooks/set-state-in-effect': 'off',
      'react-hooks/refs': 'off',
      'react-hooks/incompatible-library': 'off',
    },
  },
  ...features.map((name) => ({
    files: [`src/features/${name}/**`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: features
            .filter((other) => other !== name)
            .map((other) => ({ group: [`**/features/${other}/**`, `@/features/${other}/**`], message: 'Features never import each other.' })),
        },
      ],
    },
  })),
  {
    files: ['src/{api,lib,components}/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['@/features/**', '**/features/**'], message: 'Shared code never imports a feature.' }] }],
    },
  },
);
