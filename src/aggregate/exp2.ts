/**
 * Two to the power of x for x <= 0, the same bits on every machine.
 * Goal: decay that can be computed again; the language leaves the last bits of `Math.pow` open. Method: the power is taken
 * apart into a whole part (an exact scaling), a step of a table, and a rest in (-1/256, 0], whose series uses nothing but IEEE
 * additions and multiplications. Exactly 1 at 0 and a power of two at whole numbers; within 2 units in the last place elsewhere.
 */
const { LN2 } = Math;
/** (ln 2)^n / n! falls below 1e-17 at n = 15. */
const TERMS = 15;
/** Below this the result is less than half of the smallest double. */
const LEAST = -1075;
const TABLE_STEPS = 256;

/** 2^(-i/256), each by the series itself: Horner's rule, the smallest terms first. */
const STEPS = Float64Array.from({ length: TABLE_STEPS }, (_, i) => {
  const y = (-i / TABLE_STEPS) * LN2;
  let sum = 1;
  for (let n = TERMS; n > 0; n--) sum = 1 + (y / n) * sum;
  return sum;
});
/** 2^-n; the last one is 0. */
const POWERS = new Float64Array(1 - LEAST);
for (let n = 0, power = 1; n < POWERS.length; n++, power /= 2) POWERS[n] = power;

/** (ln 2)^n / n!; (ln 2 / 256)^n / n! is below 1e-18 at n = 6. */
const C1 = LN2;
const C2 = (C1 * LN2) / 2;
const C3 = (C2 * LN2) / 3;
const C4 = (C3 * LN2) / 4;
const C5 = (C4 * LN2) / 5;

export function exp2(x: number): number {
  if (x < LEAST) return 0;
  const whole = Math.ceil(x);
  const step = Math.floor((whole - x) * TABLE_STEPS);
  const rest = x - whole + step / TABLE_STEPS;
  const series = 1 + rest * (C1 + rest * (C2 + rest * (C3 + rest * (C4 + rest * C5))));
  return STEPS[step]! * series * POWERS[-whole]!;
}
