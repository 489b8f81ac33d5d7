import { storeContract } from './contract.js';
import type { Tx } from './database.js';
import { memoryEventStore } from './memory.js';

storeContract('memory', () => ({ store: memoryEventStore(), transaction: (work) => work(undefined as unknown as Tx) }));
