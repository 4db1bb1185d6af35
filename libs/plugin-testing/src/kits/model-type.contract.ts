import type { Contract } from '../contract.js';
import { commonCases } from './common.js';
import { broughtCases } from './model-type/brought-cases.js';
import { modelCases } from './model-type/model-cases.js';
import { parameterCases } from './model-type/parameter-cases.js';
import { aTrainingInput, silentReport, never, type ModelTypeSubject } from './model-type/subject.js';
import { trainingCases } from './model-type/training-cases.js';

/**
 * What a model type promises. Capabilities: `predict` (its models answer without ONNX), `checkpoint` (it saves and takes
 * checkpoints), `explain` (with `predict`: for regression and classes), `bring` (it takes artifacts; the subject gives one), `check`.
 * @public
 * @since 1.0
 */
export const modelTypeContract: Contract<ModelTypeSubject> = {
  kind: 'model type',
  cases: [
    ...commonCases<ModelTypeSubject>(async ({ modelTypes }, { params }) => {
      const [first] = modelTypes ?? [];
      const [task] = first?.tasks ?? [];
      if (first && task) await first.train(aTrainingInput(task, first.params.parse(params ?? {})), silentReport, never());
    }),
    ...trainingCases,
    ...modelCases,
    ...parameterCases,
    ...broughtCases,
  ],
};
