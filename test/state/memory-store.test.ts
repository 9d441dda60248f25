import { memoryStore } from '../../src/state/memory-store.js';
import { storeSuite } from './store-suite.js';

storeSuite('memory', async () => memoryStore());
