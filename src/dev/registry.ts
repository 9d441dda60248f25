/** The local schema registry: Apicurio, asked through its Confluent-compatible API; schemas are kept in H2 files. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HeadraceError } from '../error.js';
import { HOST } from './ports.js';
import { startDetached } from './processes.js';
import type { Launch, Ports, Service } from './service.js';

// A small heap, the simplest collector and the fast compiler: it answers a few requests at a start.
const JVM = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError'];
const ASK_MAX_MS = 2_000;

export const registryUrl = (ports: Ports): string => `http://${HOST}:${ports.registry}/apis/ccompat/v7`;

const outputLog = (folder: string) => join(folder, 'output.log');

export const registry: Service = {
  async start({ java, jars, folder, ports, mark }: Launch): Promise<number> {
    const runner = readdirSync(jars).find((file) => file.endsWith('-runner.jar'));
    if (!runner) {
      throw new HeadraceError(
        'JARS_BROKEN',
        `${jars} holds no runner of the registry: delete that folder and try again.`,
        {
          remedy: 'fix-environment',
        },
      );
    }
    mkdirSync(folder, { recursive: true });
    // Both are needed: the one is read by the registry, the other by what it is built on.
    const database = `jdbc:h2:file:${join(folder, 'data', 'schemas')}`;
    return startDetached({
      command: java,
      args: [
        ...JVM,
        mark,
        `-Dquarkus.http.host=${HOST}`,
        `-Dquarkus.http.port=${ports.registry}`,
        '-Dquarkus.banner.enabled=false',
        '-jar',
        join(jars, runner),
      ],
      env: { REGISTRY_DATASOURCE_URL: database, QUARKUS_DATASOURCE_JDBC_URL: database },
      cwd: folder,
      output: outputLog(folder),
    });
  },

  async healthy(ports: Ports): Promise<boolean> {
    try {
      const response = await fetch(`${registryUrl(ports)}/subjects`, { signal: AbortSignal.timeout(ASK_MAX_MS) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  },

  logs: (folder) => [outputLog(folder)],
};
