import type { Check, CheckType, CheckTypeList } from '@crisol/contracts';
import type { CheckTypeDefinition } from '@crisol/plugin-api';
import { Injectable } from '@nestjs/common';
import { problem } from '../platform/http/problem.js';
import { PluginHost, type ProvidedValidator } from '../platform/plugins/plugin-host.js';
import { formSchema } from '../platform/plugins/settings/plugin-settings.js';

/** The check types that active validators offer, and whether checks fit them. */
@Injectable()
export class Validators {
  constructor(private readonly plugins: PluginHost) {}

  list(): CheckTypeList {
    return {
      data: this.plugins.validators().flatMap(({ validator, checkTypes }) => {
        const describe =
          (target: CheckType['target']) =>
          ({ type, title, description, kwargs }: CheckTypeDefinition): CheckType => ({
            type,
            title,
            description,
            validator: validator.name,
            target,
            kwargsSchema: formSchema(kwargs),
          });
        return [...checkTypes.map(describe('data')), ...(validator.modelCheckTypes ?? []).map(describe('model'))];
      }),
    };
  }

  find(name: string): ProvidedValidator {
    const all = this.plugins.validators();
    const found = all.find(({ validator }) => validator.name === name);
    if (found) return found;
    const known = all.map(({ validator }) => validator.name).join(', ') || 'none';
    throw problem('check_invalid', {
      detail: `There is no active validator "${name}"; active: ${known}.`,
      errors: [{ pointer: '/validator', code: 'unknown', message: `must be one of ${known}` }],
    });
  }

  /** Throws with a pointer to each check that its validator does not take. */
  refuseInvalid(validatorName: string, checks: readonly Check[], target: CheckType['target'] = 'data'): void {
    const found = this.find(validatorName);
    const checkTypes = target === 'data' ? found.checkTypes : (found.validator.modelCheckTypes ?? []);
    const issues = checks.flatMap((check, index) => {
      const type = checkTypes.find((candidate) => candidate.type === check.type);
      if (!type)
        return [
          {
            pointer: `/checks/${index}/type`,
            code: 'unknown',
            message: `"${check.type}" is no check type of ${validatorName} for a ${target === 'data' ? 'table' : 'model version'}`,
          },
        ];
      const parsed = type.kwargs.safeParse(check.kwargs);
      if (parsed.success) return [];
      return parsed.error.issues.map((issue) => ({
        pointer: ['', 'checks', index, 'kwargs', ...issue.path]
          .map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1'))
          .join('/'),
        code: issue.code,
        message: issue.message,
      }));
    });
    if (issues.length > 0)
      throw problem('check_invalid', { detail: `${issues.length} arguments of checks are not valid.`, errors: issues });
  }
}
