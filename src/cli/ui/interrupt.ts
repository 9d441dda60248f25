/** Ctrl-C and SIGTERM: the first ends a command in an orderly way, the second ends the process at once. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly happened: Promise<void>;
  /** Gives the signals back to the process. */
  release(): void;
}

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const handle = () => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, handle);
  return {
    signal: controller.signal,
    happened: new Promise((done) => controller.signal.addEventListener('abort', () => done(), { once: true })),
    release() {
      for (const name of SIGNALS) process.off(name, handle);
    },
  };
}
