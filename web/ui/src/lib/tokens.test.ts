import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tokens } from './tokens';

// A token whose variable the components do not define would keep its light
// fallback in dark mode.
describe('tokens', () => {
  const css = readFileSync('node_modules/@cloudscape-design/components/internal/base-theme/styles.scoped.css', 'utf8');
  it.each(Object.entries(tokens))('%s is a variable of the installed components', (_, value) => {
    const name = /var\((--[\w-]+)/.exec(value)?.[1];
    expect(name).toBeDefined();
    expect(css).toContain(`${name}:`);
  });
});
