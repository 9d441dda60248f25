/** All parts, in the order of docs/benchmarks.md. */
import { alternatives } from './alternatives.js';
import { compute } from './compute.js';
import { curve } from './curve.js';
import { engine } from './engine.js';
import type { Part } from './part.js';
import { ten } from './ten.js';

export const PARTS = [engine, ten, curve, alternatives, compute] as readonly Part<unknown>[];
