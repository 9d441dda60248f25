/**
 * Manifests: what a snapshot covers, and what a model version is made of. JSON artifacts, named by their sha256.
 * Invariants, checked on read: a partition's parts do not overlap and end within its frontier; `asOf` follows from the frontier.
 * Error: `MANIFEST_INVALID`, naming the manifest and each field that is wrong.
 */
import { z } from 'zod';
import { HeadraceError } from '../error.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const name = z.string().min(1);
const count = z.int().nonnegative();
const timeMs = z.number();

const columnSchema = z.strictObject({ name, type: z.enum(['number', 'category']) });
const viewSchema = z.strictObject({ name, version: z.int().positive(), hash: name });

const partSchema = z
  .strictObject({
    /** `labels`: label events of `model`, their condition evaluated. */
    kind: z.enum(['vectors', 'labels']),
    /** The model whose labels these are; null for vectors. */
    model: name.nullable(),
    /** Who made it: `serve`, from the vectors topic, or a backfill, with the same code. */
    source: z.enum(['serve', 'backfill']),
    /** The name that the part was written under; its bytes are the artifact `sha256`. */
    file: name,
    sha256: hash,
    rows: count,
    topic: name,
    partition: count,
    /** Raw offsets: the first, and the one after the last. */
    from: count,
    to: count,
  })
  .refine((part) => part.from <= part.to, { error: 'from is after to', path: ['from'] })
  .refine((part) => (part.kind === 'labels') === (part.model !== null), {
    error: 'label parts name their model, vector parts none',
    path: ['model'],
  });

const considered = z.strictObject({
  topic: name,
  partition: count,
  /** The next raw offset to consider. */
  next: count,
  /** Whether it was considered to its raw end. */
  toEnd: z.boolean(),
  /** The latest known time considered, ms; null where nothing was. */
  known: timeMs.nullable(),
});

const snapshotSchema = z
  .strictObject({
    format: z.literal(1),
    topology: name,
    view: viewSchema,
    columns: z.array(columnSchema).min(1),
    /** Fields of the scored event that vector parts hold beside the features. */
    keys: z.array(name),
    parts: z.array(partSchema),
    frontier: z.array(considered),
    /** The frontier's known time, ms; null where it has none. */
    asOf: timeMs.nullable(),
    createdAt: timeMs,
  })
  .superRefine((manifest, context) => {
    if (manifest.asOf !== asOfKnown(manifest.frontier))
      context.addIssue({ code: 'custom', path: ['asOf'], message: 'does not follow from the frontier' });
    for (const [index, problem] of partProblems(manifest.parts, manifest.frontier))
      context.addIssue({ code: 'custom', path: ['parts', index], message: problem });
  });

const metricsSchema = z.strictObject({
  rows: count,
  auc: z.number().nullable(),
  logLoss: z.number(),
  brier: z.number(),
});

const modelSchema = z.strictObject({
  format: z.literal(1),
  model: name,
  version: z.int().positive(),
  view: viewSchema,
  columns: z.array(columnSchema).min(1),
  codes: z.record(z.string(), z.array(z.string())),
  /** Id of the snapshot manifest. */
  snapshot: hash,
  /** Event time of the last training row, ms. */
  trainedUntil: timeMs,
  rows: z.strictObject({ train: count, gate: count }),
  /** On the gate rows; null where there are none. */
  metrics: metricsSchema.nullable(),
  /** What a trainer says of itself: gain by column, or a command's `metrics.json`. */
  trainerMetrics: z.record(z.string(), z.number()),
  onnx: hash,
  trainer: z.record(z.string(), z.unknown()),
  /** Null for a command. */
  seed: z.int().nullable(),
  createdAt: timeMs,
});

export type Part = z.infer<typeof partSchema>;
export type Considered = z.infer<typeof considered>;
export type ViewReference = z.infer<typeof viewSchema>;
export type SnapshotManifest = z.infer<typeof snapshotSchema>;
export type Metrics = z.infer<typeof metricsSchema>;
export type ModelManifest = z.infer<typeof modelSchema>;

/**
 * The known time up to which a frontier has seen everything: the least over the partitions that were not considered to their raw
 * end (those may still bring what is older than the others); if all were, the greatest of all. Null: nothing can be said.
 */
export function asOfKnown(frontier: readonly Pick<Considered, 'toEnd' | 'known'>[]): number | null {
  const open = frontier.filter(({ toEnd }) => !toEnd);
  if (open.some(({ known }) => known === null)) return null;
  const times = (open.length > 0 ? open : frontier).map(({ known }) => known).filter((known) => known !== null);
  if (times.length === 0) return null;
  return open.length > 0 ? Math.min(...times) : Math.max(...times);
}

function partProblems(parts: readonly Part[], frontier: readonly Considered[]): [index: number, problem: string][] {
  const problems: [number, string][] = [];
  const order = parts.map((_, index) => index).sort((a, b) => parts[a]!.from - parts[b]!.from);
  const ends = new Map<string, number>();
  for (const index of order) {
    const part = parts[index]!;
    const at = frontier.find(({ topic, partition }) => topic === part.topic && partition === part.partition);
    if (at === undefined || part.to > at.next) problems.push([index, `${part.file} lies beyond the frontier`]);
    const line = JSON.stringify([part.kind, part.model, part.topic, part.partition]);
    if (part.from < (ends.get(line) ?? 0)) problems.push([index, `${part.file} overlaps the part before it`]);
    ends.set(line, Math.max(part.to, ends.get(line) ?? 0));
  }
  return problems;
}

/** @param source what to name in an error: a file, or an artifact id */
export function parseSnapshotManifest(source: string, json: unknown): SnapshotManifest {
  return parse(snapshotSchema, 'snapshot manifest', source, json);
}

/** @param source what to name in an error: a file, or an artifact id */
export function parseModelManifest(source: string, json: unknown): ModelManifest {
  return parse(modelSchema, 'model manifest', source, json);
}

/** The bytes that are stored, and hashed for the manifest's id. */
export function manifestBytes(manifest: SnapshotManifest | ModelManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}

function parse<T>(schema: z.ZodType<T>, what: string, source: string, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || '(root)'}: ${message}`);
  throw new HeadraceError(
    'MANIFEST_INVALID',
    `${source} is no valid ${what} (${problems.join('; ')}); was it written by another version of Headrace?`,
    { remedy: 'fix-input', source, problems },
  );
}
