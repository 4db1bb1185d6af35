import type { Contract } from '../contract.js';
import { commonCases } from './common.js';
import { modelVersionCases } from './validator/model-cases.js';
import { never, type ValidatorSubject } from './validator/subject.js';
import { tableCases } from './validator/table-cases.js';

/**
 * What a validator promises. Capabilities: `tables` (it judges tables) with `columns` (its checks name columns), `failing-rows`
 * and `empty-table`; `models` (it judges model versions); `slices` (its findings name slices); `check`.
 * @public
 * @since 1.0
 */
export const validatorContract: Contract<ValidatorSubject> = {
  kind: 'validator',
  cases: [
    ...commonCases<ValidatorSubject>(async ({ validators }, { table, passing, facts, passingModel }) => {
      if (table && passing) await validators?.[0]?.validate(table, [passing], never());
      if (facts && passingModel) await validators?.[0]?.judgeModel?.(facts, [passingModel], never());
    }),
    ...tableCases,
    ...modelVersionCases,
  ],
};
