export { FolderInUse } from './lock.js';
export { startPostgres, type Postgres, type PostgresOptions } from './start.js';
