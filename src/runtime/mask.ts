/** Hides secrets before anything is written: values under telling names, and user information in URLs. */
const TELLING = /pass(word|wd|phrase)?$|secret|token|credential|authorization|api_?key|private_?key/i;
const USER_OF_URL = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;
const DEPTH_MAX = 6;

export const MASK = '***';

export const maskText = (text: string): string => text.replace(USER_OF_URL, `$1${MASK}@`);

/** A copy without secrets; errors become plain objects, with code, message, remedy, details and stack. */
export function mask(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskText(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return value;
  if (depth >= DEPTH_MAX) return '…';
  if (Array.isArray(value)) return value.map((one) => mask(one, depth + 1));
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (value instanceof Date) return value.toISOString();
  const entries: [string, unknown][] = Object.entries(value);
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    entries.unshift(['name', name], ['message', message]);
    entries.push(['stack', stack], ['cause', cause]);
  }
  const shown = new Map<string, unknown>();
  for (const [name, one] of entries) {
    if (one === undefined) continue;
    const secret = typeof one === 'string' && TELLING.test(name);
    shown.set(name, secret ? MASK : mask(one, depth + 1));
  }
  return Object.fromEntries(shown);
}
