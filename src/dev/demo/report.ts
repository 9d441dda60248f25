/** The demo's last words: a table by month and model version, the figures, what to try next. */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { DemoReport } from './demo.js';

const number = (value: number) => value.toLocaleString('en-US');
const metric = (value: number | null) => (value === null ? '–' : value.toFixed(4));

/** What is wrong with a run, in sentences; none: all is well. */
export function failures(report: DemoReport): readonly string[] {
  const { expected, predictions, duplicates, differing, compared, verified } = report;
  const wrong: string[] = [];
  if (predictions !== expected)
    wrong.push(`${number(expected)} departures were to be predicted, and ${number(predictions)} were`);
  if (duplicates > 0) wrong.push(`${number(duplicates)} were predicted more than once`);
  if (compared !== report.departures)
    wrong.push(`${number(report.departures)} vectors were to be compared, and ${number(compared)} were`);
  if (differing > 0) {
    wrong.push(
      `${number(differing)} vectors differ when computed again, the first: ${JSON.stringify(verified.differences[0])}`,
    );
  }
  return wrong;
}

/** @param kept whether the log outlives the demo, so that its topics can be looked at */
export function reportText(report: DemoReport, topology: string, kept: boolean): string {
  const table = new Table({
    head: ['month', 'model version', 'predictions', 'with label', 'AUC', 'log loss'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const row of report.months) {
    table.push([
      row.month,
      row.version,
      number(row.predictions),
      number(row.labelled),
      metric(row.auc),
      metric(row.logLoss),
    ]);
  }
  const wrong = failures(report);
  return [
    table.toString(),
    '',
    `${number(report.departures)} departures, ${number(report.predictions)} predicted after the first promotion, ${report.duplicates} twice.`,
    `From the retrain message on: AUC ${metric(report.auc)}, log loss ${metric(report.logloss)}.`,
    `${number(report.compared)} vectors computed again from the inboxes, ${report.differing} differ.`,
    `${report.seconds} s in all, ${number(report.events_per_second)} events a second while they streamed.`,
    ...wrong.map((line) => pc.red(`wrong: ${line}`)),
    '',
    'Try next:',
    ...(kept
      ? [
          `  npx headrace models ${topology}`,
          `  npx headrace replay verify ${topology}`,
          '  npx headrace tap flights.predictions.late-arrival.v1 --limit 5',
        ]
      : []),
    `  npx headrace replay backfill ${topology} --from data/flights --out vectors.parquet`,
    ...(kept ? ['  npx headrace down'] : []),
  ].join('\n');
}
