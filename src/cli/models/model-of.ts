/** The model that a command is about: named, or the only one of the topology. */
import { HeadraceError } from '../../error.js';
import type { ModelDefinition, TopologyDefinition } from '../../topology/definition.js';

/** Errors: `MODEL_UNKNOWN`, `MODEL_NOT_NAMED`, each naming what there is. */
export function modelOf(definition: TopologyDefinition, name: string | undefined): ModelDefinition {
  const names = definition.models.map((model) => model.name);
  if (names.length === 0) {
    throw new HeadraceError('MODEL_UNKNOWN', `topology ${definition.name} has no model: add one to its file`, {
      remedy: 'fix-definition',
    });
  }
  if (name === undefined && names.length > 1) {
    throw new HeadraceError(
      'MODEL_NOT_NAMED',
      `${definition.name} has several models: give --model ${names.join(' or ')}`,
      {
        remedy: 'fix-input',
        models: names,
      },
    );
  }
  const model = definition.models.find((candidate) => candidate.name === (name ?? names[0]));
  if (model !== undefined) return model;
  throw new HeadraceError('MODEL_UNKNOWN', `${definition.name} has no model ${name}; it has ${names.join(', ')}`, {
    remedy: 'fix-input',
    models: names,
  });
}
