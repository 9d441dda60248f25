import type { Register } from '../context.js';

export const register: Register = (program, context) => {
  program
    .command('up')
    .description('start a local Kafka and schema registry for this project, or find them')
    .action(async () => {
      const settings = context.settings();
      if (settings.brokers && settings.registryUrl) {
        const { brokers, registryUrl } = settings;
        context.result(
          { brokers, registryUrl, started: false },
          () => `KAFKA_BROKERS and SCHEMA_REGISTRY_URL are set and are used: nothing to start.`,
        );
        return;
      }
      const { up } = await import('../../dev/up.js');
      const { folder, cacheFolder } = settings;
      const local = await up({ folder, cacheFolder, settings, progress: (line) => context.note(line) });
      const { brokers, registryUrl, started } = local;
      context.result({ brokers, registryUrl, started }, () =>
        [
          started ? 'Started. Commands in this folder find them; `headrace down` stops them.' : 'They run already.',
          `  Kafka     ${brokers.join(',')}`,
          `  registry  ${registryUrl}`,
        ].join('\n'),
      );
    });
};
