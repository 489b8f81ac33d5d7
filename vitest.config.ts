import { defineConfig } from 'vitest/config';

// The end of a spec's name says what it needs: *.unit.spec.ts nothing, *.int.spec.ts a database or a broker, *.e2e.spec.ts the whole shop.
const project = (kind: string, more: object = {}) => ({
  ssr: { resolve: { conditions: ['source'] } },
  // The global set-up is not loaded as a test is.
  environments: { __vitest__: { resolve: { conditions: ['source', 'node'] } } },
  test: { name: kind, include: [`{apps,libs,tools,test,bench}/**/*.${kind}.spec.ts`], ...more },
});

// Files of a project share their two processes: each in one of its own, the shop was loaded anew for each, half of the time that it took.
const shared = { isolate: false, globalSetup: ['test/setup/services.ts'] };
const whole = { ...shared, testTimeout: 120_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit'),
      project('int', { ...shared, testTimeout: 60_000, hookTimeout: 120_000 }),
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
