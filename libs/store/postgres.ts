import { append } from './append.js';
import type { EventStore } from './event-store.js';
import { load } from './load.js';

export const postgresEventStore: EventStore = { append, load };
