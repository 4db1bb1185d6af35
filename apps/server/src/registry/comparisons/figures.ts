import type { ComparedTask } from './comparison-test-sets.js';

type Method = 'wilson' | 'delong_logit' | 'bca';
/** A figure of a model, how its interval is made and how people read it. */
export interface Figure {
  readonly name: string;
  readonly higherIsBetter: boolean;
  readonly method: Method;
  /** In sentences. */
  readonly title: string;
  /** A share that people read as points of a hundred. */
  readonly isShare: boolean;
  /** Cannot be had of a model that gives labels alone. */
  readonly needsScores: boolean;
}

const share = (name: string, title: string, method: Method, needsScores = false): Figure => ({
  name,
  title,
  method,
  needsScores,
  higherIsBetter: true,
  isShare: true,
});
const loss = (name: string, title: string, needsScores = false): Figure => ({
  name,
  title,
  method: 'bca',
  needsScores,
  higherIsBetter: false,
  isShare: false,
});

/** Of each task, the one first that decides when nobody says otherwise. */
const figures: Readonly<Record<ComparedTask['task'], readonly Figure[]>> = {
  binary: [
    share('auc', 'AUC', 'delong_logit', true),
    share('averagePrecision', 'average precision', 'bca', true),
    share('accuracy', 'accuracy', 'wilson'),
    share('balancedAccuracy', 'balanced accuracy', 'bca'),
    share('precision', 'precision', 'wilson'),
    share('recall', 'recall', 'wilson'),
    share('specificity', 'specificity', 'wilson'),
    share('f1', 'F1', 'bca'),
    { ...share('mcc', 'MCC', 'bca'), isShare: false },
    loss('logLoss', 'log loss', true),
    loss('brier', 'Brier score', true),
    loss('ece', 'calibration error', true),
  ],
  multiclass: [
    share('accuracy', 'accuracy', 'wilson'),
    share('balancedAccuracy', 'balanced accuracy', 'bca'),
    share('precisionMacro', 'macro precision', 'bca'),
    share('recallMacro', 'macro recall', 'bca'),
    share('f1Macro', 'macro F1', 'bca'),
    share('f1Weighted', 'weighted F1', 'bca'),
    { ...share('mcc', 'MCC', 'bca'), isShare: false },
    share('aucOvr', 'one-versus-rest AUC', 'bca', true),
    loss('logLoss', 'log loss', true),
  ],
  regression: [
    loss('rmse', 'RMSE'),
    loss('mae', 'MAE'),
    loss('medianAe', 'median absolute error'),
    { ...loss('r2', 'R²'), higherIsBetter: true },
    loss('mape', 'MAPE'),
  ],
};
/** What other libraries call them. */
const aliases: Readonly<Record<string, string>> = {
  rocauc: 'auc',
  prauc: 'averagePrecision',
  rootmeansquarederror: 'rmse',
  meanabsoluteerror: 'mae',
  r2score: 'r2',
  f1score: 'f1',
  brierscore: 'brier',
  matthewscorrcoef: 'mcc',
};
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

export function figuresOf(task: ComparedTask['task']): readonly Figure[] {
  return figures[task];
}

/** The figure of this name, as we or other libraries write it; null when the task has none. */
export function decidingMetric(task: ComparedTask['task'], name: string): Figure | null {
  const wanted = plain(name);
  return figures[task].find((figure) => plain(figure.name) === wanted || figure.name === aliases[wanted]) ?? null;
}

/** What decides when nobody says otherwise; without scores accuracy has to. */
export function usualMetric(task: ComparedTask['task'], withScores: boolean): Figure {
  const found = figures[task].find((figure) => withScores || !figure.needsScores);
  if (!found) throw new TypeError(`Nothing is measured for ${task}.`);
  return found;
}
