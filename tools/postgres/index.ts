export { keepPostgres, type KeptOptions } from './keep.js';
export { FolderInUse } from './lock.js';
export { runningPostgres, startPostgres, type Postgres, type PostgresOptions } from './start.js';
