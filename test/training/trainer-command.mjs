// A trainer as a user might write one, for tests: `copy <onnx>` delivers that file, the others fail in their own ways.
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const out = process.env.HEADRACE_OUT;
const manifest = JSON.parse(await readFile(process.env.HEADRACE_MANIFEST, 'utf8'));
const [how, file] = process.argv.slice(2);

if (how === 'exit') {
  console.error('no such column: speed');
  process.exit(3);
}
if (how === 'hang') {
  console.log('still going');
  await new Promise((done) => setTimeout(done, 60_000));
}
if (how !== 'nothing') {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const columns = manifest.columns.map(({ name }) => `count("feature_${name}")`).join(', ');
  const found = await connection.runAndReadAll(
    `select count(*) as n, sum(label), max(event_time), ${columns} from '${manifest.train}'`,
  );
  await copyFile(file, join(out, 'model.onnx'));
  const rows = Number(found.getRowsJS()[0][0]);
  await writeFile(join(out, 'metrics.json'), how === 'text' ? '{"auc": "good"}' : JSON.stringify({ rows }));
}
