/** The requests of a kafkajs broker that are used, and their answers where nobody has parsed them (see `unparsed`). */
import type { FetchAnswer } from './fetch-answer.js';
import type { ProduceRequest } from './produce-request.js';

export interface KafkaProtocol {
  readonly request: {
    readonly apiVersion: number;
    encode(): Promise<{ readonly buffer: Buffer; readonly buf: Buffer }>;
  };
  readonly response: {
    decode(bytes: Buffer): Promise<unknown>;
    parse(answer: unknown): Promise<unknown>;
  };
}

interface Coded {
  readonly errorCode: number;
}
interface ByTopic<P> {
  readonly topic: string;
  readonly partitions: readonly P[];
}

/** Which producer of a transactional id sends. */
export interface ProducerIdentity {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}

export interface MetadataAnswer {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly controllerId: number;
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly isInternal?: boolean;
    readonly partitionMetadata: readonly {
      readonly partitionErrorCode: number;
      readonly partitionId: number;
      readonly leader: number;
    }[];
  }[];
}

/** A member of a consumer group as the coordinator describes it; the bytes are the consumer protocol's. */
export interface DescribedMember {
  readonly memberId: string;
  readonly memberMetadata: Buffer;
  /** Empty while the group deals anew. */
  readonly memberAssignment: Buffer;
}

export interface KafkaBroker {
  metadata(topics: readonly string[]): Promise<MetadataAnswer>;
  fetch(request: {
    readonly isolationLevel: number;
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly topics: readonly ByTopic<{
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }>[];
  }): Promise<FetchAnswer>;
  produce(request: ProduceRequest): Promise<{
    readonly topics: readonly {
      readonly topicName: string;
      readonly partitions: readonly (Coded & { readonly partition: number; readonly baseOffset: string })[];
    }[];
  }>;
  listOffsets(request: {
    readonly isolationLevel: number;
    readonly topics: readonly ByTopic<{ readonly partition: number; readonly timestamp: number }>[];
  }): Promise<{
    readonly responses: readonly ByTopic<Coded & { readonly partition: number; readonly offset: string }>[];
  }>;
  findGroupCoordinator(request: {
    readonly groupId: string;
    readonly coordinatorType: number;
  }): Promise<
    Coded & { readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number } }
  >;
  initProducerId(request: {
    readonly transactionalId: string;
    readonly transactionTimeout: number;
  }): Promise<Coded & { readonly producerId: string; readonly producerEpoch: number }>;
  addPartitionsToTxn(
    request: ProducerIdentity & {
      readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
    },
  ): Promise<{
    readonly errors: readonly {
      readonly topic: string;
      readonly partitionErrors: readonly (Coded & { readonly partition: number })[];
    }[];
  }>;
  endTxn(request: ProducerIdentity & { readonly transactionResult: boolean }): Promise<Coded>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly ByTopic<{ readonly partition: number }>[];
  }): Promise<{
    readonly errorCode?: number;
    readonly responses: readonly ByTopic<Coded & { readonly partition: number; readonly offset: string }>[];
  }>;
  offsetCommit(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
    readonly topics: readonly ByTopic<{ readonly partition: number; readonly offset: string }>[];
  }): Promise<{ readonly responses: readonly ByTopic<Coded & { readonly partition: number }>[] }>;
  describeGroups(request: { readonly groupIds: readonly string[] }): Promise<{
    readonly groups: readonly (Coded & { readonly members: readonly DescribedMember[] })[];
  }>;
  joinGroup(request: {
    readonly groupId: string;
    readonly sessionTimeout: number;
    readonly rebalanceTimeout: number;
    readonly memberId: string;
    readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
  }): Promise<
    Coded & {
      readonly generationId: number;
      readonly leaderId: string;
      readonly memberId: string;
      readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
    }
  >;
  syncGroup(request: {
    readonly groupId: string;
    readonly generationId: number;
    readonly memberId: string;
    readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
  }): Promise<Coded & { readonly memberAssignment: Buffer }>;
  heartbeat(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
  }): Promise<Coded>;
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<Coded>;
  createTopics(request: {
    readonly topics: readonly {
      readonly topic: string;
      readonly numPartitions: number;
      readonly replicationFactor: number;
      readonly configEntries: readonly { readonly name: string; readonly value: string }[];
    }[];
    readonly timeout: number;
  }): Promise<{
    readonly topicErrors: readonly (Coded & { readonly topic: string; readonly errorMessage?: string | null })[];
  }>;
  createPartitions(request: {
    readonly topicPartitions: readonly { readonly topic: string; readonly count: number }[];
    readonly timeout: number;
  }): Promise<{
    readonly topicErrors: readonly (Coded & { readonly topic: string; readonly errorMessage?: string | null })[];
  }>;
  deleteTopics(request: {
    readonly topics: readonly string[];
    readonly timeout: number;
  }): Promise<{ readonly topicErrors: readonly (Coded & { readonly topic: string })[] }>;
  describeConfigs(request: {
    readonly resources: readonly { readonly type: number; readonly name: string }[];
  }): Promise<{
    readonly resources: readonly (Coded & {
      readonly resourceName: string;
      readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
    })[];
  }>;
}
