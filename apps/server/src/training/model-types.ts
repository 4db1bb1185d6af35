import { SearchRange, type ModelTypeList, type ProblemIssue } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { problem } from '../platform/http/problem.js';
import { toIssues } from '../platform/http/validation.pipe.js';
import { PluginHost, type ProvidedModelType } from '../platform/plugins/plugin-host.js';
import { formSchema } from '../platform/plugins/settings/plugin-settings.js';

/** The model types of the active plugins. */
@Injectable()
export class ModelTypes {
  constructor(private readonly plugins: PluginHost) {}

  list(): ModelTypeList {
    return {
      data: this.plugins.modelTypes().map(({ pluginId, modelType }) => ({
        name: modelType.name,
        title: modelType.title,
        description: modelType.description,
        plugin: pluginId,
        tasks: [...modelType.tasks],
        paramsSchema: formSchema(modelType.params),
        defaults: toJson(modelType.params.parse({})),
        search: z.record(z.string(), SearchRange).parse(JSON.parse(JSON.stringify(modelType.search ?? {}))),
        brings: modelType.bring !== undefined,
      })),
    };
  }

  find(name: string): ProvidedModelType {
    const found = this.plugins.modelTypes().find(({ modelType }) => modelType.name === name);
    if (found) return found;
    const names = this.plugins.modelTypes().map(({ modelType }) => modelType.name);
    throw problem('model_type_unknown', {
      detail: `There is no model type ${name}; the active plugins bring ${names.join(', ') || 'none'}.`,
      errors: [{ pointer: '/input/modelType', code: 'model_type_unknown', message: `must be one of ${names.join(', ')}` }],
    });
  }

  /** The parameters with their defaults, as the plugin's schema gives them. */
  parseParams(provided: ProvidedModelType, params: unknown): Record<string, z.core.util.JSONType> {
    const parsed = provided.modelType.params.safeParse(params);
    if (parsed.success) return toJson(parsed.data);
    const issues: ProblemIssue[] = parsed.error.issues.flatMap(toIssues);
    const names = Object.keys(Object(formSchema(provided.modelType.params)['properties'])).join(', ') || 'none';
    throw problem('validation_failed', {
      detail: `The parameters of ${provided.modelType.name} are not valid.`,
      errors: issues.map(({ pointer, code, message }) => ({
        pointer: `/input/params${pointer}`,
        code,
        message: code === 'unknown_field' ? `${provided.modelType.name} has no such parameter; it has ${names}` : message,
      })),
    });
  }
}

/** Plain JSON of a value that came out of a schema. */
function toJson(value: unknown): Record<string, z.core.util.JSONType> {
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(value)));
}
