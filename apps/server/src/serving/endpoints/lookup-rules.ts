import type { FeatureLookup, ProblemIssue } from '@crisol/contracts';
import type { FeatureViewInfo } from '@crisol/plugin-api';
import { Injectable } from '@nestjs/common';
import { FeatureVectorReader } from '../../features/feature-vector-reader.js';
import { problem } from '../../platform/http/problem.js';
import { planLookup } from '../predict/feature-lookups.js';

/** Whether a look-up can work with the stores and views that are there now. */
@Injectable()
export class LookupRules {
  constructor(private readonly reader: FeatureVectorReader) {}

  async check(lookup: FeatureLookup | null | undefined): Promise<void> {
    if (!lookup) return;
    const store = this.reader.find(lookup.store);
    if (!store) {
      const names = this.reader
        .active()
        .map(({ featureStore }) => featureStore.name)
        .join(', ');
      throw refuse([
        {
          pointer: '/lookup/store',
          code: 'not_found',
          message: `no active plugin brings the feature store ${lookup.store}; ${names ? `there are: ${names}` : 'there is none'}`,
        },
      ]);
    }
    const issues = findIssues(lookup, await this.reader.listViews(store));
    if (issues.length > 0) throw refuse(issues);
  }
}

function refuse(errors: ProblemIssue[]) {
  return problem('feature_lookup_invalid', { errors });
}

/** What is wrong with a look-up, given the views of its store. */
export function findIssues(lookup: FeatureLookup, views: readonly FeatureViewInfo[]): ProblemIssue[] {
  const issues: ProblemIssue[] = [];
  const { columns } = planLookup(lookup);
  const missing = new Set<string>();
  for (const [index, { feature }] of lookup.features.entries()) {
    const pointer = `/lookup/features/${index}`;
    const [viewName = '', name = ''] = [feature.slice(0, feature.indexOf(':')), feature.slice(feature.indexOf(':') + 1)];
    const view = views.find((one) => one.name === viewName);
    if (!view) {
      const names = views.map((one) => one.name).join(', ') || 'none';
      issues.push({ pointer: `${pointer}/feature`, code: 'not_found', message: `there is no view ${viewName}; there are: ${names}` });
      continue;
    }
    if (!view.features.some((one) => one.name === name)) {
      const names = view.features.map((one) => one.name).join(', ');
      issues.push({
        pointer: `${pointer}/feature`,
        code: 'not_found',
        message: `the view ${viewName} has no feature ${name}; it has: ${names}`,
      });
    }
    if (columns.indexOf(columns[index] ?? '') !== index)
      issues.push({ pointer: `${pointer}/as`, code: 'name_taken', message: `two features would fill the column ${columns[index]}` });
    for (const entity of view.entities) if (!Object.hasOwn(lookup.keys, entity)) missing.add(entity);
  }
  for (const entity of missing)
    issues.push({ pointer: '/lookup/keys', code: 'feature_key_missing', message: `say which field holds the key ${entity}` });
  return issues;
}
