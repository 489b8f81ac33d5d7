import { defineConfig } from 'vitest/config';

// The end of a spec's name says what it needs: *.unit.spec.ts nothing, *.int.spec.ts a database or a broker, *.e2e.spec.ts the whole shop.
const project = (kind: string, more: object = {}) => ({
  ssr: { resolve: { conditions: ['source'] } },
  // The global set-up is not loaded as a test is.
  environments: { __vitest__: { resolve: { conditions: ['source', 'node'] } } },
  test: { name: kind, include: [`{apps,libs,tools,test,bench}/**/*.${kind}.spec.ts`], ...more },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit'),
      project('int', { globalSetup: ['test/setup/services.ts'], testTimeout: 60_000, hookTimeout: 120_000 }),
      project('e2e', { globalSetup: ['test/setup/services.ts'], testTimeout: 120_000, hookTimeout: 180_000 }),
    ],
  },
});
