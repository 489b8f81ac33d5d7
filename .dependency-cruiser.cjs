/**
 * What may import what. Each rule keeps one promise of the architecture; `comment` says which.
 * @type {import('dependency-cruiser').IConfiguration}
 */

// Specs, the contract suites that specs of several adapters share, and what specs start as processes of their own.
const testCode = '\\.(spec|fixture)\\.ts$|(^|/)contract\\.ts$|^(test|bench)/';
const pure = '^libs/(order|photo|account|decider)/';

module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment: 'What an order, a photo and an account are is said without database, broker, clock or framework.',
      severity: 'error',
      from: { path: pure, pathNot: testCode },
      to: { pathNot: `${pure}|^node_modules/zod/` },
    },
    {
      name: 'roles-apart',
      comment: 'Roles talk through events. Only the consolidated host puts them into one process.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: `^apps/backroom/|${testCode}` },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-below-apps',
      comment: 'A lib knows no role, and nothing of the simulated outside.',
      severity: 'error',
      from: { path: '^libs/', pathNot: testCode },
      to: { path: '^(apps|tools)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Files that import each other can only be read, tested and changed together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'runs-without-development-packages',
      comment: 'An image is installed with --omit=dev.',
      severity: 'error',
      // tools/emails compiles MJML ahead; its result is what runs.
      from: { path: '^(apps|libs|tools)/', pathNot: `${testCode}|^tools/emails/` },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'runs-without-tests',
      comment: 'What runs must not need what tests it.',
      severity: 'error',
      from: { path: '^(apps|libs|tools)/', pathNot: testCode },
      to: { path: testCode },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere here would slip through every other rule.',
      severity: 'error',
      // dist/ is there once it is built.
      from: {},
      to: { couldNotResolve: true, pathNot: '^\\.\\./dist/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Type imports too: a type from a role binds as much as a function.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
