import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { precompress } from './build/precompress.ts';

const src = fileURLToPath(new URL('./src', import.meta.url));
// Cloudscape's tokens as the installed components define them. The package of
// design tokens is released apart, and its variable names carry other hashes.
const tokens = fileURLToPath(new URL('./node_modules/@cloudscape-design/components/internal/generated/styles/tokens.js', import.meta.url));
const outDir = fileURLToPath(new URL('../../internal/web/dist', import.meta.url));
const server = process.env.SKYWATCH_URL ?? 'http://127.0.0.1:4580';

// The development server hands to the Skywatch server exactly what a built UI
// would send there: the AWS APIs (every POST to /) and the /ui/api questions.
export default defineConfig({
  plugins: [react(), precompress({ firstScreenBudget: 350 * 1024 })],
  resolve: { alias: { '@': src, 'cloudscape-tokens': tokens } },
  build: {
    outDir,
    emptyOutDir: false, // .gitkeep stays; precompress() clears what an older build left
    target: 'es2022',
    manifest: 'build-manifest.json',
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
  },
  server: {
    port: 4581,
    proxy: {
      '/ui/api': server,
      '^/$': { target: server, bypass: (req) => (req.method === 'POST' ? undefined : req.url) },
    },
  },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'build/**/*.test.ts'],
    env: { TZ: 'UTC' },
  },
});
