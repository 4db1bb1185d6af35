/** Metrics where less is better; for all others more is. */
const lessIsBetter = /loss|error|rmse|mae|mse|mape|brier|deviance|medianae|^ece$|duration|latency|seconds|_time|_ms$/i;
export const isBetter = (name: string, difference: number): boolean => (lessIsBetter.test(name) ? difference < 0 : difference > 0);
