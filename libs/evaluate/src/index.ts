export { actionSensitivity, type ActionSensitivity, type SensitivityOptions } from './action-sensitivity.ts';
export { createBodyParser, parseBodies, type BodyParser, type ParsedBodies } from './bodies/parse.ts';
export { parsableBodies } from './bodies/parsable.ts';
export {
  baselines,
  defaultJudging,
  judge,
  judgingSchema,
  type JudgeOptions,
  type Judging,
  type Subject,
} from './judge.ts';
export { evaluate, type EvaluateOptions } from './evaluate.ts';
export type { EvaluateProgress } from './compare.ts';
export type { Metric, RolloutMetric, Tally } from './metrics/definition.ts';
export { metrics, rolloutMetrics } from './metrics/metric.ts';
export type { Rollout } from './metrics/rollout.ts';
export { positionError } from './metrics/position.ts';
export { decibels, meanSquaredError, psnr } from './metrics/psnr.ts';
export { ssim } from './metrics/ssim.ts';
export { constantVelocity } from './predictors/constant-velocity.ts';
export { copyLast } from './predictors/copy-last.ts';
export { linear } from './predictors/linear.ts';
export { modelPredictor, type Imagination } from './predictors/model.ts';
export { oracle } from './predictors/oracle.ts';
export type { Context, Future, Predictor } from './predictors/predictor.ts';
export type { LossPoint } from './report/charts.ts';
export { renderReport, type ReportOptions } from './report/report.ts';
export {
  figureSchema,
  formatQuantity,
  fromQuantity,
  scorecardSchema,
  type Figure,
  type Quantity,
  type Scorecard,
} from './scorecard/schema.ts';
export {
  compareRuns,
  verdictOf,
  type ComparedFigure,
  type ComparedRun,
  type RunComparison,
} from './runs/compare-runs.ts';
export { renderComparison } from './runs/comparison-page.ts';
export { comparisonTable } from './runs/comparison-table.ts';
export { readScorecard, SCORECARD_FILE } from './scorecard/read.ts';
export { physicsSummary, predictorLabel, summaryTable } from './scorecard/summary.ts';
