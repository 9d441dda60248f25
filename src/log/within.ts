/**
 * What `work` gives; or, where that takes longer than `ms`, what `late` gives or throws. The work goes on then, and its error is
 * nobody's any more.
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<T>((done, failed) => {
    timer = setTimeout(() => {
      try {
        done(late());
      } catch (error) {
        failed(error);
      }
    }, ms);
  });
  try {
    return await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}
