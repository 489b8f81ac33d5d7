export {
  accountAnswer,
  accountKey,
  cancelledOrder,
  closedAccount,
  deadLetter,
  dryRedriven,
  eventAnswer,
  healthAnswer,
  jobAnswer,
  ledgerEntry,
  letter,
  listOf,
  logLine,
  moment,
  openedAccount,
  orderAnswer,
  pageOf,
  photoAnswer,
  placedOrder,
  problemAnswer,
  product,
  queuedImport,
  redriven,
  runAnswer,
  sold,
  streamedAccount,
  streamedOrder,
  uploadedPhoto,
  worker,
} from './answers.js';
export { makeAsyncApi } from './asyncapi.js';
export { described, type Answer, type Body, type Described, type Descriptions, type RoleDescription } from './described.js';
export { DocumentsModule } from './documents-module.js';
export { makeOpenApi } from './openapi.js';
export { own } from './own.js';
export { routesOf } from './routes.js';
