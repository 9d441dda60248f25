/**
 * The k-th least of some numbers, without sorting them all.
 * Method: Hoare's FIND (Algorithm 65, Communications of the ACM, 1961), with the median of three as pivot. It reorders the numbers;
 * which one is the k-th least does not depend on their order.
 */

/**
 * @param values the first `length` of them count
 * @param k from 0, less than `length`
 */
export function select(values: Uint32Array | Float64Array, length: number, k: number): number {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const pivot = medianOfThree(values[low]!, values[(low + high) >>> 1]!, values[high]!);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    // Up to j nothing is above the pivot, from i on nothing below it, and what lies between equals it.
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return pivot;
  }
  return values[k]!;
}

const medianOfThree = (a: number, b: number, c: number) => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
