import type { Dampening, Family, Weights } from './families.ts'
import type { NearRule } from './near.ts'

export type WeighedNearRule = NearRule & { family: Family; weights: Weights; dampening: Dampening }

const rule = (family: Family, user: number, toolOutput: number, near: NearRule, dampening: Dampening = 'all'): WeighedNearRule => ({
  ...near,
  family,
  weights: { user, tool_output: toolOutput },
  dampening,
})

export const nearRules: WeighedNearRule[] = [
  rule('override', 3.4, 3.6, { name: 'override-prior-instructions', slots: [['discard'], ['instruction'], ['prior']], withinWords: 7 }),
  rule('override', 3.0, 3.2, { name: 'override-all-instructions', slots: [['discard'], ['instruction'], ['all', 'your', 'system']], withinWords: 6 }),
  rule('override', 1.2, 1.6, { name: 'override-instructions', slots: [['discard'], ['instruction', 'rule', 'hiddenPrompt']], withinWords: 4 }),
  rule('override', 2.2, 2.4, { name: 'override-rules', slots: [['discard'], ['rule'], ['all', 'your', 'prior', 'ai', 'system']], withinWords: 6 }),
  rule('override', 2.0, 2.2, {
    name: 'override-everything',
    slots: [['discard'], ['all'], ['prior', 'your']],
    withinWords: 5,
    isOrdered: true,
    unless: ['thing'],
  }),
  rule('override', 2.3, 2.4, {
    name: 'override-above',
    slots: [['discard'], ['above'], ['say', 'reveal']],
    withinWords: 5,
    isOrdered: true,
    unless: ['thing'],
  }),
  rule('override', 1.2, 1.0, { name: 'forget-all', slots: [['discard'], ['all']], withinWords: 2, isOrdered: true, unless: ['thing'] }),
  rule('override', 1.6, 1.6, {
    name: 'forget-all-and-say',
    slots: [['discard'], ['all'], ['say']],
    withinWords: 6,
    isOrdered: true,
    unless: ['thing'],
  }),
  rule('override', 1.6, 1.7, {
    name: 'override-matter',
    slots: [['discard'], ['matter'], ['all', 'prior', 'your']],
    withinWords: 5,
    isOrdered: true,
    unless: ['thing'],
  }),
  rule('override', 0.4, 1.3, { name: 'override-task', slots: [['discard'], ['matter']], withinWords: 3, isOrdered: true, unless: ['thing'] }),
  rule('override', 2.1, 2.5, {
    name: 'stale-instructions',
    slots: [['stale'], ['instruction', 'hiddenPrompt'], ['prior', 'all', 'your']],
    withinWords: 6,
  }),
  rule('override', 1.5, 1.4, {
    name: 'drop-instructions',
    slots: [['drop'], ['instruction', 'hiddenPrompt'], ['prior', 'all', 'your']],
    withinWords: 4,
    isOrdered: true,
  }),
  rule('override', 1.3, 1.6, { name: 'drop-safety', slots: [['drop'], ['rule'], ['ai', 'system', 'your', 'all']], withinWords: 5 }),
  rule('override', 1.3, 1.7, { name: 'new-task', slots: [['newTask']], withinWords: 0 }),

  rule('extraction', 2.4, 2.6, { name: 'reveal-prompt', slots: [['reveal'], ['hiddenPrompt']], withinWords: 6, isOrdered: true }),
  rule('extraction', 2.4, 2.6, { name: 'reveal-prompt-verb-last', slots: [['revealLast'], ['hiddenPrompt']], withinWords: 6 }),
  rule('extraction', 0.9, 1.2, { name: 'reveal-prompt-in-full', slots: [['verbatim'], ['hiddenPrompt', 'textAbove']], withinWords: 9 }),
  rule('extraction', 1.9, 2.0, { name: 'repeat-text-above', slots: [['reveal'], ['textAbove']], withinWords: 8 }),
  rule('extraction', 1.4, 1.4, {
    name: 'reveal-instructions',
    slots: [['reveal'], ['your', 'system'], ['instruction']],
    withinWords: 5,
    isOrdered: true,
  }),

  rule('secret', 1.6, 1.0, { name: 'ask-secret', slots: [['reveal', 'revealLast'], ['secret']], withinWords: 5, unless: ['mine'] }, 'statement'),
  rule('secret', 1.0, 1.0, {
    name: 'ask-your-secret',
    slots: [['secret'], ['your', 'system', 'hiddenPrompt'], ['reveal', 'revealLast']],
    withinWords: 6,
    unless: ['mine'],
  }),
  rule('secret', 1.5, 1.2, { name: 'probe-secret', slots: [['secret'], ['probe']], withinWords: 8, unless: ['mine'] }),
  rule('secret', 1.4, 1.2, {
    name: 'authority-asks',
    slots: [['authority'], ['reveal', 'revealLast', 'secret', 'hiddenPrompt', 'now']],
    withinWords: 18,
    unless: ['thing'],
  }),
  rule('secret', 0.8, 0.8, { name: 'override-and-secret', slots: [['secret'], ['discard', 'newTask', 'modeName']], withinWords: 14 }),

  rule('persona', 1.4, 1.4, {
    name: 'mode-in-words',
    slots: [['modeName'], ['now', 'pretend', 'ai', 'revealLast', 'your', 'secret', 'unbound']],
    withinWords: 8,
  }),
  rule('persona', 1.4, 1.4, { name: 'unbound', slots: [['unbound']], withinWords: 0 }, 'discussion'),
  rule('persona', 1.4, 1.4, { name: 'unbound-persona', slots: [['pretend', 'now'], ['unbound']], withinWords: 25 }, 'discussion'),
  rule('persona', 1.0, 1.0, { name: 'unbound-ai', slots: [['ai'], ['unbound']], withinWords: 10 }, 'discussion'),
  rule('persona', 0.8, 0.3, { name: 'never-refuse', slots: [['refusal']], withinWords: 0 }, 'discussion'),
  rule('persona', 1.2, 1.2, { name: 'never-refuse-harm', slots: [['refusal'], ['harm', 'rule', 'unbound']], withinWords: 14 }, 'discussion'),
  rule(
    'persona',
    1.0,
    0.6,
    { name: 'harm-without-limits', slots: [['harm'], ['unbound', 'rule'], ['ai', 'your', 'discard', 'drop']], withinWords: 14 },
    'all',
  ),
  rule('persona', 1.4, 1.2, { name: 'pretend-unruled', slots: [['pretend'], ['rule'], ['drop', 'discard', 'unbound']], withinWords: 10 }),
  rule('persona', 0.5, 0.9, { name: 'new-identity', slots: [['now'], ['pretend', 'ai', 'unbound', 'rule']], withinWords: 10 }),
  rule('persona', 0.4, 0.4, { name: 'pretend', slots: [['pretend'], ['ai', 'system', 'harm', 'rule']], withinWords: 8 }),

  rule('exfiltration', 0.6, 1.6, { name: 'send-data', slots: [['send'], ['data'], ['address']], withinWords: 14 }),
  rule('exfiltration', 1.2, 1.8, { name: 'conceal-from-user', slots: [['conceal'], ['user']], withinWords: 6 }, 'discussion'),
  rule('exfiltration', 1.0, 1.6, {
    name: 'reveal-data',
    slots: [['reveal', 'send'], ['data'], ['your', 'all', 'user']],
    withinWords: 5,
    unless: ['discuss'],
  }),

  rule('coercion', 0.4, 1.8, { name: 'call-to-ai', slots: [['important'], ['ai']], withinWords: 2, isOrdered: true }),
  rule('coercion', 0.3, 1.1, { name: 'steer-output', slots: [['act', 'say', 'only'], ['output']], withinWords: 12, isOrdered: true }),
  rule('coercion', 0.4, 1.4, { name: 'ai-must', slots: [['ai'], ['must'], ['act', 'say', 'reveal', 'send']], withinWords: 8, isOrdered: true }),
  rule('coercion', 0.3, 1.0, { name: 'ai-reads-page', slots: [['ai'], ['page']], withinWords: 8 }),
  rule('coercion', 0.9, 1.3, { name: 'say-only', slots: [['only'], ['say'], ['quoted']], withinWords: 5 }),
]
