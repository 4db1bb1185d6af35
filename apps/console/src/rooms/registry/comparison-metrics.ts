import type { ModelVersion } from '@crisol/contracts';

type Task = NonNullable<ModelVersion['task']>;
const forTask: Partial<Record<Task, readonly string[]>> = {
  binary: [
    'auc',
    'averagePrecision',
    'accuracy',
    'balancedAccuracy',
    'precision',
    'recall',
    'specificity',
    'f1',
    'mcc',
    'logLoss',
    'brier',
    'ece',
  ],
  multiclass: ['accuracy', 'balancedAccuracy', 'precisionMacro', 'recallMacro', 'f1Macro', 'f1Weighted', 'mcc', 'aucOvr', 'logLoss'],
  regression: ['rmse', 'mae', 'medianAe', 'r2', 'mape'],
};

/** Metrics that a comparison can decide by; the first is the one that the server takes by itself. */
export const metricsFor = (task: Task | null): readonly string[] => (task ? (forTask[task] ?? []) : []);
