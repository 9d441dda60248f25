/** An event's place in the canonical order: by time, then by the bytes of its id. */
import { compareUtf8 } from './utf8.js';

export interface Place {
  readonly time: number;
  readonly id: string;
}

/** Whether `place` lies before (time, id). */
export const isBehind = (place: Place, time: number, id: string) =>
  place.time < time || (place.time === time && compareUtf8(place.id, id) < 0);
