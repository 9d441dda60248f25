/** The size of the state on disk under a steady stream: cards come into use and fall out of it, and windows slide. */
import { START_MS } from './card-events.js';
import { CARD_HORIZON_MS } from './cards.js';
import { folderBytes } from './memory.js';
import { megabytes, type Part, type Scale, shown, table } from './part.js';
import { random } from './random.js';
import { type CardEvent, openStage } from './stage.js';

const DAY_MS = 86_400_000;
const POINTS = 10;
const DAYS_A_POINT = 4;
const FRAME_ROWS = 512;
/** A card is used this often in its life, by chance within it. */
const USES = 6;
const LIFE_DAYS = 5;

interface DiskFigures {
  readonly rowsADay: number;
  readonly memoryBytesMax: number;
  readonly points: readonly { readonly day: number; readonly rows: number; readonly bytes: number }[];
}

/** Event n of a stream in which the cards in use move on. */
function eventOf(n: number, rowsADay: number, chance: ReturnType<typeof random>): CardEvent {
  const inUse = (rowsADay * LIFE_DAYS) / USES;
  const card = `card-${Math.floor(n / USES) + chance.below(inUse)}`;
  const time = START_MS + Math.floor((n * DAY_MS) / rowsADay);
  const shared = { id: `d${n.toString(36)}`, time, card, amount: chance.below(50_000) / 100 };
  return chance.next() < 0.5
    ? { topic: 'purchases', known: time, time, fields: { ...shared, merchant: `merchant-${chance.below(5_000)}` } }
    : { topic: 'settlements', known: time, time, fields: { ...shared, disputed: chance.next() < 0.02 } };
}

async function run({ quick }: Scale): Promise<DiskFigures> {
  const rowsADay = quick ? 256 : 60_000;
  const memoryBytesMax = 64 * 1024 * 1024;
  const stage = await openStage({ memoryBytesMax });
  const chance = random(6);
  const points: { day: number; rows: number; bytes: number }[] = [];
  try {
    let n = 0;
    for (let point = 1; point <= POINTS; point++) {
      const end = point * DAYS_A_POINT * rowsADay;
      while (n < end) {
        const rows = Math.min(FRAME_ROWS, end - n);
        await stage.run([stage.encoder.encode(Array.from({ length: rows }, () => eventOf(n++, rowsADay, chance)))]);
      }
      points.push({ day: point * DAYS_A_POINT, rows: n, bytes: await folderBytes(stage.folder) });
    }
    return { rowsADay, memoryBytesMax, points };
  } finally {
    await stage.close();
  }
}

function section({ rowsADay, memoryBytesMax, points }: DiskFigures): string {
  return [
    `${shown(rowsADay)} rows a day; a card is used ${USES} times within about ${LIFE_DAYS} days and never again; windows and lateness reach ${CARD_HORIZON_MS / DAY_MS} days back, so that from`,
    `about day ${CARD_HORIZON_MS / DAY_MS + LIFE_DAYS} on as much leaves as comes. ${megabytes(memoryBytesMax)} of memory; RocksDB’s files, its log of writes included.`,
    '',
    table(
      ['day', 'rows so far', 'on disk'],
      points.map(({ day, rows, bytes }) => [String(day), rows, megabytes(bytes)]),
    ),
  ].join('\n');
}

export const disk: Part<DiskFigures> = { name: 'disk', title: 'Size on disk', run, section };
