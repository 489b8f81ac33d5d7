export { dueBookmarks, failBookmarks, moveBookmarks, noteNews, takeBookmarks, type Bookmark } from './bookmarks.js';
export {
  dropDeadLetters,
  fileUndecodable,
  listDeadLetters,
  redriveDeadLetters,
  type DeadLetter,
  type LettersWanted,
  type UndecodableRecord,
} from './dead-letters.js';
export { Database, Tx, type DatabaseOptions } from './database.js';
export {
  claimEffects,
  deferEffects,
  endEffects,
  holdEffects,
  insertEffects,
  postponeEffect,
  releaseEffects,
  withdrawEffects,
  type EffectEnd,
  type EffectRow,
  type NewEffect,
} from './effects.js';
export { readFigures, type Figures } from './figures.js';
export { idOf, kindOf, type EventStore, type Meta, type NewEvent, type Recorded, type Write } from './event-store.js';
export { knownPhotos } from './known-photos.js';
export { dropLease, readLeases, takeLease, type Held, type Lease } from './leases.js';
export { lackingMigrations } from './lacking-migrations.js';
export { memoryEventStore } from './memory.js';
export { migrate } from './migrate.js';
export { remembering } from './remembering.js';
export { postgresEventStore } from './postgres.js';
export { isOutage } from './outage.js';
export { tell, tellAll, type Told } from './tell-again.js';
export { stalled, type Stalled } from './stalled.js';
export { forget, outboxAge, park, readOutbox, type Outgoing } from './outbox.js';
export {
  askForRun,
  cancelRun,
  claimRun,
  declareJobs,
  endRun,
  NoSuchJob,
  holdRun,
  mostRunLines,
  releaseRun,
  saveCheckpoint,
  tickedWith,
  writeRunLog,
  type AskedRun,
  type DeclaredJob,
  type JobSettings,
  type RunLine,
  type RunRow,
  type RunState,
  type Trigger,
} from './runs.js';
export {
  beatInstance,
  declareWorkers,
  leaveInstance,
  listWorkers,
  nameWorkers,
  pausedOf,
  pauseWorker,
  type DeclaredWorker,
  type Report,
  type WorkerInstance,
  type WorkerRow,
} from './workers.js';
