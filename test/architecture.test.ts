/**
 * The rules that a reviewer forgets: imports point one way, the pure parts stay pure, files stay small.
 * Every file of src is parsed; a rule is told with the file and line that break it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
const LINES_MAX = 500;
/** Exceptions only shrink: never add to it. */
const KNOWN_LONG: readonly string[] = [];

/** A folder may import itself, what stands before it, and (but for the pipelines) its neighbours. */
const LAYERS: readonly (readonly string[])[] = [
  ['error.ts'],
  ['aggregate', 'topology'],
  ['state', 'log', 'codec', 'contract'],
  ['runtime'],
  ['feature', 'training', 'inference'],
  ['cli', 'console', 'replay', 'dev'],
];
const PIPELINES = ['feature', 'training', 'inference'];
const PURE = ['aggregate', 'topology'];
/** Names that bring in a clock, chance or the outside, and what to use. */
const BANNED: Readonly<Record<string, string>> = {
  Date: 'use the times of events',
  performance: 'use the times of events',
  process: 'take it as a parameter',
  console: 'return what is to be said',
  setTimeout: 'waiting is for tasks',
  setInterval: 'waiting is for tasks',
  setImmediate: 'waiting is for tasks',
  queueMicrotask: 'waiting is for tasks',
  fetch: 'input and output are for log, codec and state',
  crypto: 'chance is not allowed; createHash of node:crypto is',
};

interface Import {
  readonly line: number;
  readonly from: string;
  readonly names: readonly string[];
  readonly typeOnly: boolean;
}
interface Source {
  /** Path in src. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Banned names that are used. */
  readonly banned: readonly string[];
}

function parse(path: string, text: string): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const lineOf = (node: ts.Node) => file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const imports: Import[] = [];
  const banned: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      const elements = elementsOf(node);
      imports.push({
        line: lineOf(node),
        from: (node.moduleSpecifier as ts.StringLiteral).text,
        names: elements.filter((element) => !element.typeOnly).map((element) => element.name),
        typeOnly: isTypeOnly(node) || (elements.length > 0 && elements.every((element) => element.typeOnly)),
      });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      const from = argument !== undefined && ts.isStringLiteral(argument) ? argument.text : '(computed)';
      imports.push({ line: lineOf(node), from, names: ['*'], typeOnly: false });
    } else if (ts.isIdentifier(node) && isUse(node)) {
      const remedy = Object.hasOwn(BANNED, node.text) ? BANNED[node.text] : undefined;
      if (remedy !== undefined) banned.push(`${path}:${lineOf(node)} uses ${node.text}: ${remedy}`);
      if (node.text === 'Math' && node.parent.getText() === 'Math.random') {
        banned.push(`${path}:${lineOf(node)} uses Math.random: chance is not allowed`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, lines: text.split('\n').length - 1, imports, banned };
}

const isTypeOnly = (node: ts.ImportDeclaration | ts.ExportDeclaration) =>
  ts.isImportDeclaration(node) ? node.importClause?.isTypeOnly === true : node.isTypeOnly;

function elementsOf(node: ts.ImportDeclaration | ts.ExportDeclaration): { name: string; typeOnly: boolean }[] {
  if (ts.isExportDeclaration(node)) {
    const { exportClause } = node;
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) return [{ name: '*', typeOnly: false }];
    return exportClause.elements.map((e) => ({ name: (e.propertyName ?? e.name).text, typeOnly: e.isTypeOnly }));
  }
  const clause = node.importClause;
  const bindings = clause?.namedBindings;
  const named =
    bindings === undefined
      ? []
      : ts.isNamedImports(bindings)
        ? bindings.elements.map((e) => ({ name: (e.propertyName ?? e.name).text, typeOnly: e.isTypeOnly }))
        : [{ name: '*', typeOnly: false }];
  return clause?.name === undefined ? named : [{ name: 'default', typeOnly: false }, ...named];
}

/** Whether an identifier stands for a value, and not for a member, a key or a type. */
function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent) || ts.isTypeReferenceNode(parent)) return false;
  const isMember = ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodDeclaration(parent);
  return !(isMember && parent.name === node);
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

const folderOf = (path: string) => path.split('/')[0]!;
const layerOf = (path: string) => LAYERS.findIndex((layer) => layer.includes(folderOf(path)));
const targetOf = (source: Source, { from }: Import) =>
  from.startsWith('.') ? posix.normalize(posix.join(dirname(source.path), from.replace(/\.js$/, '.ts'))) : null;

/** What breaks the rules of imports in one file. */
function wrongImports(source: Source): string[] {
  const own = folderOf(source.path);
  return source.imports.flatMap((imported) => {
    const { line, from, names, typeOnly } = imported;
    const place = `${source.path}:${line} imports ${from}`;
    const target = targetOf(source, imported);
    if (target === null) {
      const isHash = from === 'node:crypto' && names.every((name) => name === 'createHash');
      return PURE.includes(own) && !isHash ? [`${place}: ${own} imports nothing from outside`] : [];
    }
    if (source.path === 'index.ts') {
      return ['topology', 'error.ts'].includes(folderOf(target))
        ? []
        : [`${place}: index.ts has the words of topology only`];
    }
    if (target === 'index.ts') return typeOnly ? [] : [`${place}: index.ts is for users`];
    const other = folderOf(target);
    if (other === own) return [];
    if (PIPELINES.includes(own) && PIPELINES.includes(other)) return [`${place}: pipelines never import each other`];
    if (layerOf(target) < 0) return [`${place}: ${other} is in no layer`];
    return layerOf(target) <= layerOf(source.path) ? [] : [`${place}: imports point from ${other} to ${own}, not back`];
  });
}

/** The first ring of imports (types aside) that is found from each file, as `a -> b -> a`. */
function rings(sources: readonly Source[]): string[] {
  const next = new Map(
    sources.map((source) => [
      source.path,
      source.imports.filter((imported) => !imported.typeOnly).flatMap((imported) => targetOf(source, imported) ?? []),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
    else if (!done.has(path)) {
      for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
      done.add(path);
    }
  };
  for (const path of next.keys()) visit(path, []);
  return found;
}

describe('src', () => {
  const sources = walk(SRC).map((path) => parse(relative(SRC, path), readFileSync(path, 'utf8')));

  test('is there', () => {
    expect(sources.map((source) => source.path)).toContain('topology/definition.ts');
  });
  test('has only folders and files that a layer names', () => {
    const strange = sources.filter(({ path }) => path !== 'index.ts' && layerOf(path) < 0);
    expect(strange.map((source) => source.path)).toEqual([]);
  });
  test('imports one way', () => {
    expect(sources.flatMap(wrongImports)).toEqual([]);
  });
  test('imports in no rings', () => {
    expect(rings(sources)).toEqual([]);
  });
  test('keeps clock, chance and the outside out of topology and aggregate', () => {
    expect(sources.filter(({ path }) => PURE.includes(folderOf(path))).flatMap(({ banned }) => banned)).toEqual([]);
  });
  test(`has no file over ${LINES_MAX} lines`, () => {
    const long = sources.filter(({ lines }) => lines > LINES_MAX).map(({ path }) => path);
    expect(long).toEqual(KNOWN_LONG);
  });
});

describe('the rules can be broken', () => {
  test.each([
    ['topology/a.ts', "import { readFileSync } from 'node:fs';"],
    ['topology/a.ts', "import { randomBytes } from 'node:crypto';"],
    ['aggregate/a.ts', "import avro from 'avsc';"],
    ['aggregate/a.ts', "import type { Log } from '../log/log.js';"],
    ['log/a.ts', "export { systemClock } from '../runtime/ports.js';"],
    ['runtime/a.ts', "const admit = await import('../feature/admit.js');"],
    ['feature/a.ts', "import type { Model } from '../training/model.js';"],
    ['inference/a.ts', "import { route } from '../feature/route.js';"],
    ['training/a.ts', "import { run } from '../cli/run.js';"],
    ['index.ts', "export { loadTopology } from './runtime/load-topology.js';"],
    ['replay/a.ts', "import { count } from '../index.js';"],
  ])('%s: %s', (path, text) => {
    expect(wrongImports(parse(path, text))).toHaveLength(1);
  });

  test.each([
    ['topology/a.ts', "import { createHash } from 'node:crypto';"],
    ['topology/a.ts', "import { SEMANTICS } from '../aggregate/semantics.js';\nimport { assert } from '../error.js';"],
    ['cli/a.ts', "import { run } from '../dev/demo.js';\nimport { route } from '../feature/route.js';"],
  ])('but not by %s: %s', (path, text) => {
    expect(wrongImports(parse(path, text))).toEqual([]);
  });

  test.each([
    'Date.now()',
    'new Date(0)',
    'Math.random()',
    'process.env',
    'setTimeout(f, 1)',
    '({ Date })',
    '[performance]',
  ])('%s is seen', (text) => {
    expect(parse('topology/a.ts', `export const a = ${text};`).banned).toHaveLength(1);
  });

  test.each(['row.process', '({ process: 1 })', 'Math.fround(1)', "'Date'", 'f(/* Date.now() */)'])(
    '%s is not',
    (text) => {
      expect(parse('topology/a.ts', `export const a = ${text};`).banned).toEqual([]);
    },
  );

  test('a ring is seen', () => {
    const sources = [
      parse('log/a.ts', "import { b } from './b.js';"),
      parse('log/b.ts', "import { c } from './c.js';"),
      parse('log/c.ts', "import { a } from './a.js';\nimport type { b } from './b.js';"),
    ];
    expect(rings(sources)).toEqual(['log/a.ts -> log/b.ts -> log/c.ts -> log/a.ts']);
  });
});
