// A Vite plugin of our own: clears the output folder, writes .br and .gz beside
// every text asset (the Go side serves them as they are), and prints and holds
// the size of the first screen.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Manifest, Plugin } from 'vite';

const textExtensions = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt', '.webmanifest']);
const minBytes = 512; // below this a compressed copy saves nothing worth a file
const manifestName = 'build-manifest.json';

/** The route whose files count as the first screen: entry plus the Lambda fleet page. */
const firstRoute = 'src/features/fleet/lambda/LambdaFleetPage.tsx';

export interface PrecompressOptions {
  /** Brotli bytes that the first screen may have; more fails the build. */
  firstScreenBudget: number;
}

export function precompress(options: PrecompressOptions): Plugin {
  let outDir = '';
  return {
    name: 'skywatch-precompress',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    buildStart() {
      clear(outDir);
    },
    closeBundle: {
      sequential: true,
      handler() {
        const brotli = compressAll(outDir);
        const manifest = JSON.parse(readFileSync(join(outDir, manifestName), 'utf8')) as Manifest;
        rmSync(join(outDir, manifestName));
        report(manifest, brotli, options.firstScreenBudget);
      },
    },
  };
}

function clear(dir: string): void {
  for (const name of listDir(dir)) {
    if (name !== '.gitkeep') rmSync(join(dir, name), { recursive: true });
  }
}

function listDir(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // first build: the folder does not exist yet
  }
}

/** Writes the compressed copies; returns brotli bytes by path relative to dir. */
function compressAll(dir: string): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !textExtensions.has(extname(entry.name)) || entry.name === manifestName) continue;
    const path = join(entry.parentPath, entry.name);
    const data = readFileSync(path);
    const name = path.slice(dir.length + 1);
    const br = brotliCompressSync(data, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
      },
    });
    sizes.set(name, Math.min(br.length, data.length));
    if (data.length < minBytes) continue;
    writeFileSync(`${path}.br`, br);
    writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
  }
  return sizes;
}

/** Every file that chunk `key` needs before it runs, static imports included. */
export function filesOf(manifest: Manifest, keys: string[]): Set<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const visit = (key: string): void => {
    const chunk = manifest[key];
    if (!chunk || seen.has(key)) return;
    seen.add(key);
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const dep of chunk.imports ?? []) visit(dep);
  };
  keys.forEach(visit);
  return files;
}

function report(manifest: Manifest, brotli: Map<string, number>, budget: number): void {
  const files = filesOf(manifest, ['index.html', firstRoute]);
  files.add('index.html');
  const total = [...files].reduce((sum, f) => sum + (brotli.get(f) ?? 0), 0);
  const all = [...brotli.values()].reduce((a, b) => a + b, 0);
  const kb = (n: number) => `${(n / 1024).toFixed(1)} KB`;
  console.log(`first screen ${kb(total)} brotli in ${files.size} files (budget ${kb(budget)}); everything ${kb(all)}`);
  if (!manifest[firstRoute]) throw new Error(`first screen route ${firstRoute} is not in the build`);
  if (total > budget) throw new Error(`first screen is ${kb(total)}, over its budget of ${kb(budget)}`);
}
