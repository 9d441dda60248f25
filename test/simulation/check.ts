/**
 * What must hold of a run's outcome, whatever struck it (design §2).
 * Method: first what an outcome says of itself (order, gaps, repeats that differ), then against the undisturbed run of the same
 * workload: the same rows, in the same order, with the same bytes, each vector and each prediction once.
 */
import { type Features, rowEncoder } from '../../src/contract/encode-row.js';
import type { Frontier, VectorsRow } from '../../src/contract/frames.js';
import { type ModelManifest, parseSnapshotManifest } from '../../src/contract/manifest.js';
import { viewColumns } from '../../src/topology/fields.js';
import { MODEL, type Outcome, type RowBytes, VIEW } from './outcome.js';
import { nameOfFile, rowsOfPart, scoreOf } from './stand-ins.js';
import { definition } from './topology.js';
import type { World } from './world.js';

/** First occurrences, in order: by place, `offset → bytes`. */
type Rows = ReadonlyMap<string, ReadonlyMap<number, string>>;

export interface Seen {
  readonly admitted: Rows;
  readonly letters: ReadonlySet<string>;
  /** By inbox partition: raw positions. */
  readonly inboxes: ReadonlyMap<string, readonly string[]>;
  readonly features: Rows;
  readonly vectors: Rows;
  /** By partition and position. */
  readonly vectorRows: ReadonlyMap<string, ReadonlyMap<number, VectorsRow>>;
}

type Note = (problem: string) => void;

/** Reads an outcome, noting what is wrong in itself. */
export function see(outcome: Outcome, bytes: RowBytes, note: Note): Seen {
  return {
    admitted: seeAdmitted(outcome, bytes, note),
    letters: new Set(outcome.letters),
    inboxes: seeInboxes(outcome, note),
    features: seeFeatures(outcome, bytes, note),
    vectors: seeVectors(outcome, bytes, note),
    vectorRows: rowsByPosition(outcome),
  };
}

function seeAdmitted({ admitted }: Outcome, bytes: RowBytes, note: Note): Rows {
  const rows = new Map<string, Map<number, string>>();
  for (const [topic, partitions] of admitted) {
    for (const [partition, frames] of partitions.entries()) {
      const place = `${topic}/${partition}`;
      const own = new Map<number, string>();
      rows.set(place, own);
      let considered = 0;
      for (const { offset, value: frame } of frames) {
        if (frame.before > considered) note(`contiguity: admitted ${place} has a gap before its record ${offset}`);
        for (const row of frame.rows) {
          const print = bytes.admitted(topic, row);
          if (row.offset >= considered) own.set(row.offset, print);
          else if (own.has(row.offset) && own.get(row.offset) !== print)
            note(`admitted ${place} repeats ${row.offset} with other bytes`);
        }
        considered = Math.max(considered, frame.after);
      }
    }
  }
  return rows;
}

function seeInboxes({ inboxes }: Outcome, note: Note): ReadonlyMap<string, readonly string[]> {
  const seen = new Map<string, readonly string[]>();
  const key = ({ topic, partition }: Frontier) => `${topic}/${partition}`;
  for (const [group, partitions] of inboxes) {
    for (const [partition, frames] of partitions.entries()) {
      const place = `${group}/${partition}`;
      const considered = new Map<string, number>();
      const rows: string[] = [];
      let known = -1;
      for (const { offset, value: frame } of frames) {
        for (const from of frame.before) {
          if (from.offset > (considered.get(key(from)) ?? 0))
            note(`contiguity: inbox ${place} has a gap before its record ${offset}`);
        }
        for (const row of frame.rows) {
          const source = frame.after[row.source]!;
          if (row.offset < (considered.get(key(source)) ?? 0)) continue;
          rows.push(`${key(source)}/${row.offset}`);
          if (row.known < known) note(`knowledge: inbox ${place} holds ${rows.at(-1)} after what was known later`);
          known = row.known;
        }
        for (const to of frame.after) considered.set(key(to), Math.max(considered.get(key(to)) ?? 0, to.offset));
      }
      if (new Set(rows).size < rows.length) note(`inbox ${place} holds a first occurrence twice`);
      seen.set(place, rows);
    }
  }
  return seen;
}

function seeFeatures({ features }: Outcome, bytes: RowBytes, note: Note): Rows {
  const seen = new Map<string, Map<number, string>>();
  for (const [group, partitions] of features) {
    for (const [partition, frames] of partitions.entries()) {
      const own = new Map<number, string>();
      seen.set(`${group}/${partition}`, own);
      for (const { value: frame } of frames) {
        for (const row of frame.rows) {
          const print = bytes.features(group, row);
          const before = own.get(row.offset);
          if (before === undefined) own.set(row.offset, print);
          else if (before !== print)
            note(`features ${group}/${partition} answers ${row.offset} twice, and differently`);
        }
      }
    }
  }
  return seen;
}

function seeVectors({ vectors }: Outcome, bytes: RowBytes, note: Note): Rows {
  const seen = new Map<string, Map<number, string>>();
  for (const [partition, frames] of vectors.entries()) {
    const own = new Map<number, string>();
    seen.set(String(partition), own);
    let last = -1;
    for (const { value: frame } of frames) {
      for (const row of frame.rows) {
        if (own.has(row.offset)) note(`vector ${partition}/${row.offset} twice`);
        else if (row.offset < last) note(`vector ${partition}/${row.offset} after ${last}: not in raw order`);
        last = row.offset;
        own.set(row.offset, bytes.vector(row));
      }
    }
  }
  return seen;
}

function rowsByPosition({ vectors }: Outcome): Seen['vectorRows'] {
  return new Map(
    vectors.map((frames, partition) => [
      String(partition),
      new Map(frames.flatMap(({ value }) => value.rows.map((row) => [row.offset, row] as const))),
    ]),
  );
}

/**
 * One server for each offset: the version that `served` names.
 * @param rises whether a version may not be followed by an earlier one: a worker that cannot have an artifact goes on with what it has
 */
export function checkServed(world: World, outcome: Outcome, rises: boolean, note: Note): void {
  const { vectors, predictions, served } = outcome;
  const versions = versionsOf(world, outcome);
  for (const [partition, records] of served.entries()) {
    const rows = vectors[partition]!.flatMap(({ value }) => value.rows);
    const scored = predictions[partition]!.map(({ value }) => value);
    if (scored.length !== rows.length)
      note(`partition ${partition} has ${rows.length} vectors and ${scored.length} predictions`);
    let at = 0;
    let version = 0;
    let head = 0;
    for (const { value: record } of records) {
      if (record.offset < head) note(`served ${partition} goes back from ${head} to ${record.offset}`);
      head = record.offset;
      if (rises && (record.version ?? 0) < version && record.rows > 0)
        note(`served ${partition} goes back to an older version`);
      if (record.rows > 0) version = record.version ?? 0;
      for (const end = at + record.rows; at < end; at++) {
        const row = rows[at];
        const prediction = scored[at];
        if (row === undefined || prediction === undefined) break;
        const where = `prediction ${partition}/${row.offset}`;
        if (row.offset >= record.offset) note(`${where} is not below the head that served it`);
        if (prediction.offset !== row.offset) note(`${where} is that of ${prediction.offset}`);
        if (prediction.version !== record.version) note(`${where} is not of the version that served`);
        if (prediction.missing.join() !== row.missing.join())
          note(`${where} names other missing groups than the vector`);
        if (prediction.score !== versions.get(prediction.version)?.(row.features)) note(`${where} has another score`);
      }
    }
    if (at !== rows.length) note(`served ${partition} counts ${at} rows, ${rows.length} vectors are there`);
  }
}

/** The score of a row by each version that was registered. */
function versionsOf(world: World, { models }: Outcome): ReadonlyMap<number, (features: Features) => number> {
  const versions = new Map<number, (features: Features) => number>();
  for (const { kind, body } of models) {
    if (kind !== 'registered') continue;
    const manifest = JSON.parse(world.artifacts.get(body.lineage.manifest).toString()) as ModelManifest;
    const name = nameOfFile(world.artifacts.get(manifest.onnx));
    const encoder = rowEncoder(viewColumns(definition, VIEW), manifest.codes);
    const matrix = new Float32Array(encoder.width);
    versions.set(body.version, (features) => {
      encoder.encode(features, matrix, 0);
      return scoreOf(name, matrix);
    });
  }
  return versions;
}

/** Every snapshot's parts hold what they say, none covers less than one before; those of the last hold every vector and label once. */
export function checkSnapshots(world: World, { snapshots, vectors, admitted }: Outcome, note: Note): void {
  const last = snapshots.at(-1);
  const reached = new Map<string, number>();
  for (const pointer of snapshots) {
    const manifest = parseSnapshotManifest(
      pointer.manifest,
      JSON.parse(world.artifacts.get(pointer.manifest).toString()),
    );
    const rows = manifest.parts.filter(({ kind }) => kind === 'vectors').reduce((sum, part) => sum + part.rows, 0);
    if (rows !== pointer.rows) note(`a snapshot says ${pointer.rows} rows, and its parts hold ${rows}`);
    for (const { topic, partition, next } of manifest.frontier) {
      const place = `${topic}/${partition}`;
      if (next < (reached.get(place) ?? 0)) note(`a snapshot covers less of ${place} than one before`);
      reached.set(place, next);
    }
    if (pointer !== last) continue;
    const covered = new Map<string, string>();
    for (const part of manifest.parts) {
      for (const row of rowsOfPart(world.artifacts.get(part.sha256))) {
        const place = `${part.kind} ${part.topic}/${part.partition}/${row.offset}`;
        if (covered.has(place)) note(`the last snapshot holds ${place} twice`);
        covered.set(place, JSON.stringify(row));
      }
    }
    const expected = new Map<string, string>();
    const once = (place: string, row: unknown) => {
      if (!expected.has(place)) expected.set(place, JSON.stringify(row));
    };
    for (const [partition, frames] of vectors.entries())
      for (const { value } of frames)
        for (const row of value.rows) once(`vectors ${VIEW.score}/${partition}/${row.offset}`, row);
    for (const [partition, frames] of admitted.get(MODEL.label.event)!.entries()) {
      for (const { value } of frames)
        for (const row of value.rows) once(`labels ${MODEL.label.event}/${partition}/${row.offset}`, row);
    }
    for (const [place, row] of expected) if (covered.get(place) !== row) note(`the last snapshot lacks ${place}`);
    for (const place of covered.keys())
      if (!expected.has(place)) note(`the last snapshot holds ${place}, which is nowhere`);
  }
}

export interface How {
  /** Whether vectors may be decided by a deadline: then they are looked at by `compareDecided`. */
  readonly decided: boolean;
  /** Whether the run came to its end; else what is there must be right, and may lack the rest. */
  readonly whole: boolean;
  /** Whether its order depends on when records arrive: then the same rows are there, and their bytes are asked of `verify`. */
  readonly live: boolean;
}

export function compare(seen: Seen, expected: Seen, { whole, live, decided }: How, note: Note): void {
  compareRows('admitted', seen.admitted, expected.admitted, { whole, live: false }, note);
  // Where vectors do not wait for them, a run may end before the last answers are there.
  compareRows('features', seen.features, expected.features, { whole: whole && !decided, live }, note);
  compareRows('vector', seen.vectors, expected.vectors, { whole, live: live || decided }, note);
  // A log that lost a frame holds what came after it: what was made of that is looked at, not the inbox itself.
  for (const [place, rows] of whole ? expected.inboxes : []) {
    const found = live ? [...seen.inboxes.get(place)!].sort() : seen.inboxes.get(place)!;
    const differs = (live ? [...rows].sort() : rows).findIndex((row, i) => found[i] !== row);
    if (differs >= 0) note(`inbox ${place} holds ${found[differs]} where the undisturbed run has ${rows[differs]}`);
    else if (found.length > rows.length) note(`inbox ${place} holds more than the undisturbed run`);
  }
  for (const letter of expected.letters) if (whole && !seen.letters.has(letter)) note(`no dead letter of ${letter}`);
  for (const letter of seen.letters)
    if (!expected.letters.has(letter)) note(`a dead letter of ${letter}, which is good`);
}

function compareRows(
  what: string,
  seen: Rows,
  expected: Rows,
  { whole, live }: Omit<How, 'decided'>,
  note: Note,
): void {
  for (const [place, rows] of expected) {
    const found = seen.get(place)!;
    for (const [offset, print] of rows) {
      const other = found.get(offset);
      if (other === undefined ? whole : !live && other !== print)
        note(
          `${what} ${place}/${offset} ${other === undefined ? 'is missing' : 'has other bytes than in the undisturbed run'}`,
        );
    }
    for (const offset of found.keys())
      if (!rows.has(offset)) note(`${what} ${place}/${offset} is not in the undisturbed run`);
  }
}
