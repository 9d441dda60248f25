/** Rows to train on, decided by a seed: five columns (one of few values, one often missing), a label that depends on them. */
import { random } from '../../src/training/trees/random.js';

export const COLUMNS = ['few', 'gaps', 'plain', 'noise', 'never'];

export function randomRows(rows: number, seed: number) {
  const draw = random(seed);
  const matrix = new Float32Array(rows * COLUMNS.length);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const few = Math.floor(draw() * 4) - 1;
    const gaps = draw() < 0.3 ? Number.NaN : draw() * 100;
    const plain = (draw() - 0.5) * 2e3;
    matrix.set([few, gaps, plain, draw(), Number.NaN], row * COLUMNS.length);
    const logOdds = few + (Number.isNaN(gaps) ? 1.5 : Math.sin(gaps / 15)) + plain / 800 - 0.5;
    labels[row] = draw() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0;
  }
  return { matrix, labels };
}
