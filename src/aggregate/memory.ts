/** Estimates of what things take in memory, measured with Node 20 as growth of the process. */

/** A typed array with its buffer, beside the buffer's bytes: objects of both, and what the allocator adds. */
const TYPED_ARRAY_BYTES = 500;

/** Empty ones are shared. */
export const typedArrayBytes = ({ byteLength }: { readonly byteLength: number }) =>
  byteLength === 0 ? 0 : TYPED_ARRAY_BYTES + byteLength;
