/** All parts, in the order of docs/benchmarks.md. */
import { aggregates } from './aggregates.js';
import { alternatives } from './alternatives.js';
import { backfill } from './backfill.js';
import { compute } from './compute.js';
import { curve } from './curve.js';
import { disk } from './disk.js';
import { engine } from './engine.js';
import { memory } from './memory.js';
import type { Part } from './part.js';
import { ten } from './ten.js';

export const PARTS = [
  engine,
  ten,
  aggregates,
  curve,
  alternatives,
  compute,
  memory,
  disk,
  backfill,
] as readonly Part<unknown>[];
