/**
 * Metrics of probabilities against yes/no labels.
 * Method: AUC by rank, ties given their mean rank; log loss with probabilities clipped; Brier's mean square.
 */
import type { Metrics } from '../contract/manifest.js';
import { HeadraceError } from '../error.js';

/** Probabilities nearer to 0 or 1 than this count as this near: a float32 holds nothing nearer to 1. */
export const CLIP = 1e-7;

type Numbers = ArrayLike<number>;

/** The share of (positive, negative) pairs in which the positive scores higher, ties half; null without both kinds. */
export function auc(scores: Numbers, labels: Numbers): number | null {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let from = 0, to = 0; from < order.length; from = to) {
    let positivesHere = 0;
    for (to = from; to < order.length && scores[order[to]!] === scores[order[from]!]; to++)
      positivesHere += labels[order[to]!]! ? 1 : 0;
    rankSum += positivesHere * ((from + 1 + to) / 2); // the mean of the ranks from + 1 to `to`
    positives += positivesHere;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

export function logLoss(scores: Numbers, labels: Numbers): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    const p = Math.min(1 - CLIP, Math.max(CLIP, scores[i]!));
    sum -= Math.log(labels[i]! ? p : 1 - p);
  }
  return sum / scores.length;
}

export function brier(scores: Numbers, labels: Numbers): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += (scores[i]! - (labels[i]! ? 1 : 0)) ** 2;
  return sum / scores.length;
}

/** Null without rows. Error: `SCORES_INVALID` where a score is no probability. */
export function metricsOf(scores: Numbers, labels: Numbers): Metrics | null {
  for (let i = 0; i < scores.length; i++) {
    if (scores[i]! >= 0 && scores[i]! <= 1) continue;
    throw new HeadraceError(
      'SCORES_INVALID',
      `the score of row ${i} is ${scores[i]}; a model's last column is a probability`,
      {
        remedy: 'fix-input',
        row: i,
      },
    );
  }
  if (scores.length === 0) return null;
  return {
    rows: scores.length,
    auc: auc(scores, labels),
    logLoss: logLoss(scores, labels),
    brier: brier(scores, labels),
  };
}
