// What `@dragonfab/plan` needs to load a project: the merging of env, below what plugin authors use. It may change with any version.

export { emittedSignal } from '../config/emit.ts'
export { describeValue, parseValue } from '../config/parse.ts'
export { getOwn, isPlainObject, type PlainObject, toRecord } from '../plain.ts'
export { collectProblems, type ProblemCollector, type Report } from '../problem-collector.ts'
export { escapePercent, formatPlaceholders, placeholderNames } from './format.ts'
export { type Contribution, type Layer, type LayerSource, readLayer } from './layers.ts'
export { createRegistry, type Registry } from './registry.ts'
export { notKnownCode, type ResolvedEnv, resolveEnv } from './resolve.ts'
export { findVarProblems, toSentence } from './vars.ts'
