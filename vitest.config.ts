import { defineConfig } from 'vitest/config';

// The end of a spec's name says what it needs: *.unit.spec.ts nothing, *.int.spec.ts a database or a broker, *.e2e.spec.ts the whole shop.
const project = (kind: string, more: object = {}) => ({
  ssr: { resolve: { conditions: ['source'] } },
  // The global set-up is not loaded as a test is.
  environments: { __vitest__: { resolve: { conditions: ['source', 'node'] } } },
  test: { name: kind, include: [`{apps,libs,tools,test,bench}/**/*.${kind}.spec.ts`], ...more },
});

const served = { globalSetup: ['test/setup/services.ts'] };
// Files of such a project share their two processes: each in one of its own, the shop was loaded anew for each, half of the time that it took.
const whole = { ...served, isolate: false, testTimeout: 120_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit'),
      project('int', { ...served, testTimeout: 60_000, hookTimeout: 120_000 }),
      project('e2e', { ...whole, provide: { apart: false } }),
      // The contract once more. General's own is about bytes that no HTTP client sends, and a letter is looked at where the inbox is.
      project('apart', {
        ...whole,
        provide: { apart: true },
        include: ['test/contract/*.e2e.spec.ts'],
        exclude: ['**/general.e2e.spec.ts', '**/e-mail.e2e.spec.ts'],
      }),
    ],
  },
});
