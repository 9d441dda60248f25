/**
 * The number of the engine's arithmetic. It enters every group's hash: a change of any bit of any feature, by whatever
 * cause, is a change of data, and raises it.
 */
export const SEMANTICS = 3;
