import type { Contract } from '../contract.js';
import { commonCases } from './common.js';
import { readingCases } from './feature-store/reading-cases.js';
import { never, type FeatureStoreSubject } from './feature-store/subject.js';
import { writingCases } from './feature-store/writing-cases.js';

/**
 * What a feature store promises. Capabilities: `write` (it defines views and takes rows), `check`.
 * @public
 * @since 1.0
 */
export const featureStoreContract: Contract<FeatureStoreSubject> = {
  kind: 'feature store',
  cases: [
    ...commonCases<FeatureStoreSubject>(async ({ featureStores }) => featureStores?.[0]?.listViews(never())),
    ...readingCases,
    ...writingCases,
  ],
};
