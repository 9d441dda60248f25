/** What `up` needs to know of each thing that it starts. */
export const SERVICES = ['kafka', 'registry'] as const;
export type ServiceName = (typeof SERVICES)[number];

export const PORTS = ['kafka', 'controller', 'registry'] as const;
export type Ports = Readonly<Record<(typeof PORTS)[number], number>>;

export interface Launch {
  readonly java: string;
  /** The verified files. */
  readonly jars: string;
  /** The service's own folder: data, settings, logs. */
  readonly folder: string;
  readonly ports: Ports;
  /** Goes on the command line, so that the process can be recognised. */
  readonly mark: string;
}

export interface Service {
  /** Prepares what must be prepared and starts the process. @returns its number */
  start(launch: Launch): Promise<number>;
  /** Whether it answers as it should, asked once and briefly. */
  healthy(ports: Ports): Promise<boolean>;
  /** Files that tell what went wrong, the most telling first. */
  logs(folder: string): readonly string[];
}
