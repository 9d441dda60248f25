/**
 * The lifecycle of a task as a table: every state answers every event, or says that it cannot happen.
 * `opening` is the one recovery path (start, rebalance, crash, fence): fence, read what was written, resume.
 */
export const TASK_STATES = ['stopped', 'opening', 'running', 'waiting', 'backingOff', 'stuck', 'closing'] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const TASK_EVENTS = [
  'assigned',
  'opened',
  'progressed',
  'blocked',
  'failed',
  'broke',
  'due',
  'revoked',
  'closed',
] as const;
/**
 * assigned: the task is ours. opened: recovered. progressed: a step worked or had nothing to do. blocked: a step waits for
 * something outside (retry). failed: it must be opened again. broke: a person is needed. due: the back-off is over.
 */
export type TaskEvent = (typeof TASK_EVENTS)[number];

export type Effect = 'open' | 'step' | 'retryLater' | 'reopenLater' | 'release' | 'report' | 'close';
export type Step = { readonly to: TaskState; readonly then: readonly Effect[] } | 'ignored' | 'impossible';

const to = (state: TaskState, ...then: Effect[]): Step => ({ to: state, then });

export const TASK_TABLE: Readonly<Record<TaskState, Readonly<Record<TaskEvent, Step>>>> = {
  stopped: {
    assigned: to('opening', 'open'),
    opened: 'impossible',
    progressed: 'impossible',
    blocked: 'impossible',
    failed: 'impossible',
    broke: 'impossible',
    due: 'ignored',
    revoked: 'ignored',
    closed: 'impossible',
  },
  opening: {
    assigned: 'ignored',
    opened: to('running', 'step'),
    progressed: 'impossible',
    blocked: to('backingOff', 'release', 'reopenLater'),
    failed: to('backingOff', 'release', 'reopenLater'),
    broke: to('stuck', 'release', 'report'),
    due: 'ignored',
    revoked: to('closing', 'close'),
    closed: 'impossible',
  },
  running: {
    assigned: 'ignored',
    opened: 'impossible',
    progressed: to('running', 'step'),
    blocked: to('waiting', 'retryLater'),
    failed: to('backingOff', 'release', 'reopenLater'),
    broke: to('stuck', 'release', 'report'),
    due: 'ignored',
    revoked: to('closing', 'close'),
    closed: 'impossible',
  },
  waiting: {
    assigned: 'ignored',
    opened: 'impossible',
    progressed: to('running', 'step'),
    blocked: to('waiting', 'retryLater'),
    failed: to('backingOff', 'release', 'reopenLater'),
    broke: to('stuck', 'release', 'report'),
    due: to('waiting', 'step'),
    revoked: to('closing', 'close'),
    closed: 'impossible',
  },
  backingOff: {
    assigned: 'ignored',
    opened: 'impossible',
    progressed: 'impossible',
    blocked: 'impossible',
    failed: 'impossible',
    broke: to('stuck', 'report'),
    due: to('opening', 'open'),
    revoked: to('stopped'),
    closed: 'impossible',
  },
  stuck: {
    assigned: 'ignored',
    opened: 'impossible',
    progressed: 'impossible',
    blocked: 'impossible',
    failed: 'impossible',
    broke: 'impossible',
    due: 'ignored',
    revoked: to('stopped'),
    closed: 'impossible',
  },
  closing: {
    assigned: 'impossible',
    opened: 'ignored',
    progressed: 'ignored',
    blocked: 'ignored',
    failed: 'ignored',
    broke: 'ignored',
    due: 'ignored',
    revoked: 'ignored',
    closed: to('stopped'),
  },
};
