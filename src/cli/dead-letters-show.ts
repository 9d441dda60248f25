/** One dead letter for people and programs: the raw record as far as its bytes can be read, and the error. */
import { deadLettersTopic } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import type { Partition } from '../log/log.js';
import type { Connection } from './connect.js';
import { type FoundLetter, letterPartitions, readLetters, readRedriven } from './dead-letters.js';
import { textOrBase64, Values } from './tap/show.js';
import { timeText } from './ui/format.js';

type Position = Partition & { readonly offset: number };

/** Error: `DEAD_LETTER_UNKNOWN` */
export async function showLetter(
  { log, codec, registry }: Connection,
  topology: string,
  { topic, partition, offset }: Position,
): Promise<{ json: unknown; text: string }> {
  const at = { topic: deadLettersTopic(topology, topic), partition };
  const letter = await find(log, topology, at, { topic, partition, offset });
  const attempt = (await readRedriven(log, at)).get(offset) ?? null;
  const shown = await new Values(codec, registry).show(letter.value);
  const { key, value, headers, stack, ...rest } = letter;
  const decoded = shown.kind === 'null' ? null : shown.value;
  const unreadable = shown.kind === 'bytes' ? shown.unreadable : null;
  const texts = Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, textOf(bytes)]));
  const json = {
    ...rest,
    stack,
    key: textOf(key),
    headers: texts,
    value: decoded,
    unreadable,
    valueBase64: value?.toString('base64') ?? null,
    redriven: attempt,
  };
  const lines = [
    `${topic}/${partition} offset ${offset}, ${timeText(letter.timestamp)}`,
    `  refused by ${letter.stage} at ${timeText(letter.at)}: ${letter.code}: ${letter.message}`,
    `  ${attempt === null ? 'not sent again' : `sent again (attempt ${attempt})`}`,
    `key: ${JSON.stringify(json.key)}`,
    ...Object.entries(texts).map(([name, text]) => `header ${name}: ${JSON.stringify(text)}`),
    `value (${letter.withheldBytes ?? value?.length ?? 0} bytes): ${
      letter.withheldBytes === null ? JSON.stringify(decoded, null, 2) : 'not kept; see the raw topic'
    }`,
    ...(unreadable === null ? [] : [`  not decoded: ${unreadable}`]),
    stack,
  ];
  return { json, text: lines.join('\n') };
}

/** Text as text, other bytes as `{ base64 }`. */
function textOf(bytes: Buffer | null): string | { base64: string } | null {
  if (bytes === null) return null;
  const shown = textOrBase64(bytes);
  return 'text' in shown ? shown.text : shown;
}

async function find(log: Connection['log'], topology: string, at: Partition, raw: Position): Promise<FoundLetter> {
  const there = (await letterPartitions(log, topology, [raw.topic])).some(
    ({ partition }) => partition === at.partition,
  );
  if (there) {
    for await (const letter of readLetters(log, at)) if (letter.offset === raw.offset) return letter;
  }
  throw new HeadraceError(
    'DEAD_LETTER_UNKNOWN',
    `${at.topic} holds no dead letter of ${raw.topic}/${raw.partition} offset ${raw.offset}; \`headrace deadletters list\` lists what it holds`,
    { remedy: 'fix-input', ...raw },
  );
}
