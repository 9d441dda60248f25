/**
 * Two to the power of x for x <= 0, the same bits on every machine.
 * Goal: decay that can be computed again; the language leaves the last bits of `Math.pow` open. Method: the power is taken
 * apart into a whole part (an exact scaling) and a rest in (-1, 0], whose series uses nothing but IEEE additions and
 * multiplications. Exactly 1 at 0 and a power of two at whole numbers; within 2 units in the last place elsewhere.
 */
const { LN2 } = Math;
/** (ln 2)^n / n! falls below 1e-17 at n = 15, and (ln 2 / 16)^n / n! at n = 9. */
const TERMS = 15;
const REST_TERMS = 9;
/** Below this the result is less than half of the smallest double. */
const LEAST = -1075;

const TABLE_STEPS = 16;
/** 2^(-i/16), each by the series itself. */
const STEPS = Float64Array.from({ length: TABLE_STEPS }, (_, i) => series(-i / TABLE_STEPS, TERMS));

export function exp2(x: number): number {
  if (x === 0) return 1;
  if (x < LEAST) return 0;
  const whole = Math.ceil(x);
  const rest = x - whole;
  const step = Math.floor(-rest * TABLE_STEPS);
  return scale(STEPS[step]! * series(rest + step / TABLE_STEPS, REST_TERMS), whole);
}

/** By Horner's rule, the smallest terms first. */
function series(x: number, terms: number): number {
  const y = x * LN2;
  let sum = 1;
  for (let n = terms; n > 0; n--) sum = 1 + (y / n) * sum;
  return sum;
}

/** value * 2^whole, rounded once: below the normal range the second factor is what rounds. */
function scale(value: number, whole: number): number {
  return whole < -1000 ? value * power(-500) * power(whole + 500) : value * power(whole);
}

const bits = new DataView(new ArrayBuffer(8));
/** 2^n for n in the normal range, by its exponent bits. */
function power(n: number): number {
  bits.setUint32(0, (n + 1023) << 20);
  return bits.getFloat64(0);
}
